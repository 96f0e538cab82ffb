export interface Point {
  readonly x: number;
  readonly y: number;
}
/** One line from pen down to pen up, in pad units. */
export type Stroke = readonly Point[];
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Pad units per pixel of the model's image. */
export const padUnits = 10;
/** MNIST: the ink fits 20 of 28 pixels, the rest is margin; its strokes are 2 to 3 pixels thick. */
const inkShare = 20 / 28;
const penShare = 2.6 / 28;
/** A dot must not become a blot: at most this much larger than it was drawn. */
const enlargementMax = 4;
/** Pixels are painted so much finer and then averaged: smooth edges. */
const finer = 8;

/**
 * Turns ink into what the model was trained on, the way MNIST was made: crop to the ink, fit it to
 * 20 of 28 pixels, put its centre of mass in the middle, white on black. Strokes are painted anew
 * at that size, so that a small digit does not get thicker lines than a large one.
 *
 * @returns [height * width] 8-bit grey; null without ink.
 */
export function normaliseInk(
  strokes: readonly Stroke[],
  { width, height }: ImageSize,
): Uint8Array | null {
  const points = strokes.flat();
  if (points.length === 0) return null;
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [left, right, top, bottom] = [
    Math.min(...xs),
    Math.max(...xs),
    Math.min(...ys),
    Math.max(...ys),
  ];
  const pen = penShare * Math.min(width, height);
  const scale = Math.min(
    (inkShare * width - pen) / (right - left), // Infinity for a dot.
    (inkShare * height - pen) / (bottom - top),
    enlargementMax / padUnits,
  );
  const context = fineContext(width * finer, height * finer);
  const paint = (shiftX: number, shiftY: number): Uint8Array => {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width * finer, height * finer);
    context.setTransform(
      ...[finer * scale, 0, 0, finer * scale],
      finer * (width / 2 + shiftX - (scale * (left + right)) / 2),
      finer * (height / 2 + shiftY - (scale * (top + bottom)) / 2),
    );
    paintStrokes(context, strokes, pen / scale);
    return averaged(context, { width, height });
  };
  const centre = centreOfMass(paint(0, 0), { width, height });
  return paint(width / 2 - centre.x, height / 2 - centre.y);
}

/** Draws strokes as smooth white lines: curves through the middles between points. */
export function paintStrokes(
  context: CanvasRenderingContext2D,
  strokes: readonly Stroke[],
  pen: number,
): void {
  context.strokeStyle = '#fff';
  context.lineWidth = pen;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const stroke of strokes) {
    const [first] = stroke;
    const last = stroke.at(-1);
    if (first === undefined || last === undefined) continue;
    context.beginPath();
    context.moveTo(first.x, first.y);
    for (let index = 1; index < stroke.length - 1; index++) {
      const [at, next] = [stroke[index]!, stroke[index + 1]!];
      context.quadraticCurveTo(at.x, at.y, (at.x + next.x) / 2, (at.y + next.y) / 2);
    }
    context.lineTo(last.x, last.y);
    context.stroke();
  }
}

function fineContext(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext('2d', { willReadFrequently: true })!;
}

/** Mean opacity of each pixel's `finer` x `finer` parts. */
function averaged(context: CanvasRenderingContext2D, { width, height }: ImageSize): Uint8Array {
  const { data } = context.getImageData(0, 0, width * finer, height * finer);
  return Uint8Array.from({ length: width * height }, (_, pixel) => {
    const fineX = (pixel % width) * finer;
    const fineY = Math.floor(pixel / width) * finer;
    let sum = 0;
    for (let y = fineY; y < fineY + finer; y++)
      for (let x = fineX; x < fineX + finer; x++) sum += data[4 * (y * width * finer + x) + 3]!;
    return Math.round(sum / finer ** 2);
  });
}

function centreOfMass(grey: Uint8Array, { width, height }: ImageSize): Point {
  let [mass, x, y] = [0, 0, 0];
  grey.forEach((value, pixel) => {
    mass += value;
    x += value * ((pixel % width) + 0.5);
    y += value * (Math.floor(pixel / width) + 0.5);
  });
  return mass === 0 ? { x: width / 2, y: height / 2 } : { x: x / mass, y: y / mass };
}
