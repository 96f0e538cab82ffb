import type { Page } from 'playwright-core';

type Point = readonly [x: number, y: number];

/** Strokes in shares of the pad, as people draw them. */
export const digits = {
  three: [
    [
      [0.3, 0.22],
      [0.5, 0.14],
      [0.66, 0.24],
      [0.62, 0.4],
      [0.46, 0.47],
      [0.64, 0.54],
      [0.7, 0.68],
      [0.6, 0.82],
      [0.42, 0.85],
      [0.28, 0.76],
    ],
  ],
  five: [
    [
      [0.68, 0.17],
      [0.5, 0.17],
      [0.36, 0.18],
      [0.34, 0.32],
      [0.33, 0.44],
      [0.5, 0.42],
      [0.64, 0.5],
      [0.67, 0.66],
      [0.56, 0.8],
      [0.4, 0.83],
      [0.29, 0.76],
    ],
  ],
  seven: [
    [
      [0.28, 0.2],
      [0.5, 0.19],
      [0.7, 0.2],
      [0.6, 0.4],
      [0.52, 0.6],
      [0.46, 0.85],
    ],
  ],
} as const satisfies Record<string, readonly (readonly Point[])[]>;

/** Draws with the mouse. */
export async function drawWithMouse(
  page: Page,
  strokes: readonly (readonly Point[])[],
): Promise<void> {
  const at = await padPoints(page);
  for (const [first, ...others] of strokes) {
    await page.mouse.move(...at(first!));
    await page.mouse.down();
    for (const point of others) await page.mouse.move(...at(point), { steps: 5 });
    await page.mouse.up();
  }
}

/** Draws with a finger: the browser's own touch events, which scroll pages that let them. */
export async function drawWithFinger(
  page: Page,
  strokes: readonly (readonly Point[])[],
): Promise<void> {
  const at = await padPoints(page);
  const devtools = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', point?: Point) => {
    const [x, y] = point === undefined ? [0, 0] : at(point);
    const touchPoints = point === undefined ? [] : [{ x, y }];
    return devtools.send('Input.dispatchTouchEvent', { type, touchPoints });
  };
  for (const [first, ...others] of strokes) {
    await touch('touchStart', first);
    for (const point of others) await touch('touchMove', point);
    await touch('touchEnd');
  }
}

async function padPoints(page: Page): Promise<(point: Point) => [number, number]> {
  const pad = page.getByRole('img', { name: /^Draw one of/ });
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (box === null) throw new Error('There is no pad to draw on.');
  return ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
}
