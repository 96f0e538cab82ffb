import { render } from 'preact';
import { App } from './app.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/notes.css';
import './styles/page.css';
import './styles/status.css';
import './styles/draw.css';
import './styles/typed.css';
import './styles/answer.css';
import './styles/latency.css';
import './styles/traffic.css';
import './styles/charts.css';
import './styles/events.css';
import './styles/distillation.css';
import './styles/versions.css';

render(<App />, document.getElementById('page')!);
