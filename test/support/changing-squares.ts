import type { TaskJson } from '../../src/http/api-types.js';
import { ask, predictAll } from './http-client.js';
import { seededDraw } from './seeded-draw.js';
import { until } from './until.js';

/** The student is unsure, and wrong, just below 0.6 alone, where the first traffic never is. */
export const changingSquares = {
  student: { cut: 0.6, steepness: 500 },
  teacher: { cut: 0.59, steepness: 500 },
  // So few rows are held out, once a threshold holds, that none is fitted anew before it is seen.
  policy: { coldHoldoutRate: 0.5, holdoutRate: 0.001, recoveryHoldoutRate: 0.4 },
};

/** Traffic of such a task that comes to hold what its student cannot answer. */
export function changingTraffic(port: number) {
  const draw = seededDraw(5);
  const image = (brightness: number): number[] => [brightness, draw(), draw(), draw()];
  const calm = (): number[] => image(draw() < 0.5 ? draw() * 0.4 : 0.7 + draw() * 0.3);
  const changed = (): number[] => (draw() < 0.2 ? image(0.598 + draw() / 500) : calm());
  const send = (count: number, make: () => number[]) =>
    predictAll(port, 'squares', Array.from({ length: count }, make));
  const task = async (): Promise<TaskJson> =>
    (await ask<TaskJson>(port, 'GET', '/v1/tasks/squares')).body;
  /** Sends changed traffic until the gateway says so, or says no more that inputs drift. */
  const untilDrift = (isOn: boolean): Promise<void> =>
    until(
      isOn ? 'the inputs to drift' : 'the inputs to settle',
      async () => {
        await send(20, changed);
        return ((await task()).inputDrift !== null) === isOn;
      },
      60_000,
    );
  return { task, sendCalm: (count: number) => send(count, calm), untilDrift };
}
