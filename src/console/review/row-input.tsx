import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { InputJson, PredictInputJson, TaskJson } from '../../http/api-types.js';
import { fromBase64 } from '../draw/base64.js';
import { typedKindOf } from '../typed/typed-kind.js';

interface Props {
  readonly task: TaskJson;
  readonly input: PredictInputJson;
}

/** Shows what a row is about: the image, the text, or its tensors as JSON. */
export function RowInput({ task, input }: Props) {
  const kind = useMemo(() => typedKindOf(task.input), [task.name]);
  if (task.input.kind === 'image' && typeof input === 'string')
    return <PixelImage size={task.input} base64={input} />;
  // It can be scrolled, so it can have the focus.
  return (
    <pre class="review-text" tabIndex={0} aria-label="Input">
      {kind.show(input)}
    </pre>
  );
}

/** An image of 8-bit values, grey or RGB. */
function PixelImage({
  size: { width, height, channels },
  base64,
}: {
  readonly size: Extract<InputJson, { kind: 'image' }>;
  readonly base64: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const values = fromBase64(base64);
    const pixels = new ImageData(width, height);
    for (let pixel = 0; pixel < width * height; pixel++)
      for (let k = 0; k < 4; k++)
        pixels.data[4 * pixel + k] = k === 3 ? 255 : values[pixel * channels + (k % channels)]!;
    canvas.current!.getContext('2d')!.putImageData(pixels, 0, 0);
  }, [base64, width, height, channels]);
  return (
    <canvas
      ref={canvas}
      class="grey-image review-image"
      width={width}
      height={height}
      role="img"
      aria-label="Input"
    />
  );
}
