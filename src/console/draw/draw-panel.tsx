import { useMemo, useState } from 'preact/hooks';
import type { TaskJson } from '../../http/api-types.js';
import { getSamples } from '../api.js';
import { failureOf, type Failure } from '../failure.js';
import { Panel } from '../parts/panel.js';
import { ProblemNote } from '../parts/problem-note.js';
import { AnswerCard } from './answer-card.js';
import { fromBase64 } from './base64.js';
import { DrawPad } from './draw-pad.js';
import { GreyImage } from './grey-image.js';
import { normaliseInk, type Stroke } from './normalise-ink.js';
import { RouteChoice } from './route-choice.js';
import { useAnswer, type AskedRoute } from './use-answer.js';

interface Sample {
  readonly image: Uint8Array;
  readonly label: string;
}

/** Far apart in the stream, and prime: one meets them all. */
const sampleStride = 997;

/** Draw something, or take a real input, and see who answers it. */
export function DrawPanel({ task }: { readonly task: TaskJson }) {
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [sample, setSample] = useState<Sample | null>(null);
  const [samplesSeen, setSamplesSeen] = useState(0);
  const [sampleFailure, setSampleFailure] = useState<Failure | null>(null);
  const [route, setRoute] = useState<AskedRoute>('auto');
  const { width, height } = task.input;
  const ink = useMemo(() => normaliseInk(strokes, { width, height }), [strokes, width, height]);
  const image = sample?.image ?? ink;
  const { answer, failure, isAsking } = useAnswer(task.name, image, route);

  function draw(next: readonly Stroke[]): void {
    setSample(null);
    setStrokes(next);
  }
  async function takeSample(): Promise<void> {
    try {
      const { total } = await getSamples(task.name, { offset: 0, limit: 1 });
      const offset = (samplesSeen * sampleStride) % Math.max(1, total);
      const [taken] = (await getSamples(task.name, { offset, limit: 1 })).samples;
      if (taken === undefined) return;
      setStrokes([]);
      setSample({ image: fromBase64(taken.input), label: taken.label });
      setSamplesSeen(samplesSeen + 1);
      setSampleFailure(null);
    } catch (error) {
      setSampleFailure(failureOf(error));
    }
  }
  const shownFailure = failure ?? sampleFailure;

  return (
    <Panel title="Try it" class="draw-panel" hint={`One of ${shortList(task.labels)}`}>
      <div class="draw">
        <div class="draw-input">
          {sample === null ? (
            <DrawPad
              size={task.input}
              strokes={strokes}
              hint={`Draw one of ${shortList(task.labels)} here`}
              onStrokes={draw}
            />
          ) : (
            <div class="pad" style={{ aspectRatio: `${width} / ${height}` }}>
              <GreyImage image={sample.image} size={task.input} label="A real input" />
              <p class="pad-caption">A real input, labelled {sample.label}</p>
            </div>
          )}
          <div class="draw-actions">
            <button type="button" class="button" disabled={image === null} onClick={() => draw([])}>
              Clear
            </button>
            {task.hasSamples && (
              <button type="button" class="button" onClick={() => void takeSample()}>
                Take a real one
              </button>
            )}
            <figure class="seen" title="Cropped, centred and scaled like the training data">
              <GreyImage
                image={image}
                size={task.input}
                label={`What the model sees: ${width} by ${height} pixels of grey`}
              />
              <figcaption>
                {width}&times;{height}, as the model sees it
              </figcaption>
            </figure>
          </div>
          <RouteChoice value={route} onChange={setRoute} />
        </div>
        <div class="draw-answer" aria-busy={isAsking}>
          {shownFailure === null ? (
            <AnswerCard answer={answer} task={task} isAsking={isAsking} />
          ) : (
            <ProblemNote failure={shownFailure} />
          )}
        </div>
      </div>
    </Panel>
  );
}

/** `0, 1, 2 ... 9`: enough to know what is meant. */
function shortList(labels: readonly string[]): string {
  if (labels.length <= 4) return labels.join(', ');
  return `${labels.slice(0, 3).join(', ')} \u2026 ${labels.at(-1) ?? ''}`;
}
