import { useMemo, useState } from 'preact/hooks';
import type { TaskJson } from '../../http/api-types.js';
import { Panel } from '../parts/panel.js';
import { ProblemNote } from '../parts/problem-note.js';
import { shortList } from '../format.js';
import { AnswerCard } from './answer-card.js';
import { fromBase64, toBase64 } from './base64.js';
import { DrawPad } from './draw-pad.js';
import { GreyImage } from './grey-image.js';
import { normaliseInk, type ImageSize, type Stroke } from './normalise-ink.js';
import { RouteChoice } from './route-choice.js';
import { useAnswer, type AskedRoute } from './use-answer.js';
import { useSamples } from './use-samples.js';

/** A real image, with its label. */
interface Sample {
  readonly image: Uint8Array;
  readonly label: string;
}

/** Draw something, or take a real input, and see who answers it. */
export function DrawPanel({ task, size }: { readonly task: TaskJson; readonly size: ImageSize }) {
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [sample, setSample] = useState<Sample | null>(null);
  const [route, setRoute] = useState<AskedRoute>('auto');
  const samples = useSamples(task.name);
  const { width, height } = size;
  const ink = useMemo(() => normaliseInk(strokes, { width, height }), [strokes, width, height]);
  const image = sample?.image ?? ink;
  const question = useMemo(() => image && { input: toBase64(image) }, [image]);
  const { answer, failure, isAsking } = useAnswer(task.name, question, route);

  function draw(next: readonly Stroke[]): void {
    setSample(null);
    setStrokes(next);
  }
  async function showSample(): Promise<void> {
    const taken = await samples.takeSample();
    if (taken === null) return;
    setStrokes([]);
    setSample({ image: fromBase64(taken.input as string), label: taken.label });
  }
  const shownFailure = failure ?? samples.failure;

  return (
    <Panel title="Try it" class="draw-panel" hint={`One of ${shortList(task.labels)}`}>
      <div class="draw">
        <div class="draw-input">
          {sample === null ? (
            <DrawPad
              size={size}
              strokes={strokes}
              hint={`Draw one of ${shortList(task.labels)} here`}
              onStrokes={draw}
            />
          ) : (
            <div class="pad" style={{ aspectRatio: `${width} / ${height}` }}>
              <GreyImage image={sample.image} size={size} label="A real input" />
              <p class="pad-caption">A real input, labelled {sample.label}</p>
            </div>
          )}
          <div class="draw-actions">
            <button type="button" class="button" disabled={image === null} onClick={() => draw([])}>
              Clear
            </button>
            {task.hasSamples && (
              <button type="button" class="button" onClick={() => void showSample()}>
                Take a real one
              </button>
            )}
            <SeenImage image={image} size={size} />
          </div>
          <RouteChoice value={route} onChange={setRoute} />
        </div>
        <div class="draw-answer" aria-busy={isAsking}>
          {shownFailure === null ? (
            <AnswerCard
              answer={answer}
              task={task}
              isAsking={isAsking}
              hint="An answer comes as soon as the pen pauses: the label, who gave it, and why."
            />
          ) : (
            <ProblemNote failure={shownFailure} />
          )}
        </div>
      </div>
    </Panel>
  );
}

interface SeenImageProps {
  readonly image: Uint8Array | null;
  readonly size: ImageSize;
}

/** The drawing as the model gets it: what it does not see, it can not know. */
function SeenImage({ image, size }: SeenImageProps) {
  return (
    <figure class="seen" title="Cropped, centred and scaled like the training data">
      <GreyImage
        image={image}
        size={size}
        label={`What the model sees: ${size.width} by ${size.height} pixels of grey`}
      />
      <figcaption>
        {size.width}&times;{size.height}, as the model sees it
      </figcaption>
    </figure>
  );
}
