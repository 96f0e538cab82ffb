import type { TaskJson, TrafficJson } from '../../http/api-types.js';
import type { TimelineEventJson } from '../../http/api-types-timeline.js';
import { Panel } from '../parts/panel.js';
import { ReplayBar } from './replay-bar.js';
import { TrafficCharts } from './traffic-charts.js';

interface Props {
  readonly task: TaskJson;
  /** Null before the first answer. */
  readonly traffic: TrafficJson | null;
  /** What happened, newest first. */
  readonly events: readonly TimelineEventJson[];
  readonly minutes: number;
}

/** Who answered over the last minutes, what it cost, and a way to send more. */
export function TrafficPanel({ task, traffic, events, minutes }: Props) {
  return (
    <Panel title="Traffic" class="traffic-panel" hint={`The last ${minutes} minutes`}>
      {task.hasSamples && <ReplayBar task={task.name} />}
      <TrafficCharts traffic={traffic ?? noTraffic} events={events} minutes={minutes} />
    </Panel>
  );
}

const noTraffic: TrafficJson = { bucketMs: 5_000, buckets: [] };
