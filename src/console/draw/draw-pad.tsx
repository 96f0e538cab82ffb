import type { TargetedPointerEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import {
  padUnits,
  paintStrokes,
  type ImageSize,
  type Point,
  type Stroke,
} from './normalise-ink.js';

interface Props {
  readonly size: ImageSize;
  readonly strokes: readonly Stroke[];
  readonly hint: string;
  readonly onStrokes: (strokes: readonly Stroke[]) => void;
}

/** Sharp on screens with small pixels. */
const canvasScale = 2;
const pen = 20;
/** Points closer than this add nothing but work, pad units. */
const stepMin = 1.5;
/** A drawing has an end; later points are ignored. */
const pointsMax = 4_000;

/** Takes ink from a mouse, a finger or a pen. */
export function DrawPad({ size, strokes, hint, onStrokes }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDown = useRef(false);
  const width = size.width * padUnits;
  const height = size.height * padUnits;

  useLayoutEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    context.setTransform(canvasScale, 0, 0, canvasScale, 0, 0);
    context.clearRect(0, 0, width, height);
    paintStrokes(context, strokes, pen);
  }, [strokes, width, height]);

  function pointsOf(event: TargetedPointerEvent<HTMLCanvasElement>): readonly Point[] {
    const box = event.currentTarget.getBoundingClientRect();
    const merged = event.getCoalescedEvents();
    return (merged.length > 0 ? merged : [event]).map(({ clientX, clientY }) => ({
      x: ((clientX - box.left) / box.width) * width,
      y: ((clientY - box.top) / box.height) * height,
    }));
  }
  function start(event: TargetedPointerEvent<HTMLCanvasElement>): void {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    isDown.current = true;
    onStrokes([...strokes, pointsOf(event).slice(0, 1)]);
  }
  function move(event: TargetedPointerEvent<HTMLCanvasElement>): void {
    const stroke = strokes.at(-1);
    if (!isDown.current || stroke === undefined) return;
    const added = apart(stroke.at(-1)!, pointsOf(event));
    const count = strokes.reduce((sum, { length }) => sum + length, 0);
    if (added.length === 0 || count > pointsMax) return;
    onStrokes([...strokes.slice(0, -1), [...stroke, ...added]]);
  }
  const end = (): void => void (isDown.current = false);

  return (
    <div class="pad" style={{ aspectRatio: `${width} / ${height}` }}>
      <canvas
        ref={canvas}
        class="pad-canvas"
        width={width * canvasScale}
        height={height * canvasScale}
        role="img"
        aria-label={hint}
        onPointerDown={start}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
      />
      {strokes.length === 0 && <p class="pad-hint">{hint}</p>}
    </div>
  );
}

/** Drops points that hardly differ from the one before. */
function apart(before: Point, points: readonly Point[]): readonly Point[] {
  let last = before;
  return points.filter((point) => {
    const isFar = Math.hypot(point.x - last.x, point.y - last.y) >= stepMin;
    if (isFar) last = point;
    return isFar;
  });
}
