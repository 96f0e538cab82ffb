import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LiveCaller } from '../../src/task/caller.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { pixelInput } from '../support/inputs.js';
import { seededDraw } from '../support/seeded-draw.js';
import { askFor, openSquares } from '../support/served-task.js';
import type { SquareModel } from '../support/square-bundle.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const bright = (pixels: Float32Array): number => Number(pixels[0]! >= 0.5);
const policy = { riskMax: 0.05, delta: 0.1, coldHoldoutRate: 0.5, holdoutRate: 0.3, reaskRate: 0 };
const [right, wrongFrom50To60] = [{ steepness: 5_000 }, { cut: 0.6, steepness: 5_000 }] as const;

/** Certifies the last of the students on rows that all have right, then has others come. */
async function takeAlarm(students: readonly SquareModel[]) {
  const teacher = new FakeTeacher(bright);
  const opened = await openSquares(directory, { students, teacher, policy });
  const { task, log } = opened;
  const draw = seededDraw(4);
  const send = async (count: number, make: () => number): Promise<void> => {
    const inputs = Array.from({ length: count }, () => pixelInput(make(), draw(), draw(), draw()));
    for (let start = 0; start < count; start += 50)
      await task.predict(askFor(inputs.slice(start, start + 50)), new LiveCaller());
  };
  await send(600, () => (draw() < 0.5 ? draw() * 0.4 : 0.7 + draw() * 0.3));
  await until(
    'a certificate',
    async () => (await task.describe()).certificate.kind === 'certified',
  );
  const isLost = (): boolean => log.lines.some(({ event }) => event === 'certificate-lost');
  await until('the alarm', async () => {
    await send(50, () => 0.51 + draw() * 0.08);
    return isLost();
  });
  return opened;
}

describe('the alarm of a student that was promoted lately', () => {
  it('brings the version before back, which says why', async () => {
    const opened = await takeAlarm([right, wrongFrom50To60]);
    const { task, registry, versions, log } = opened;
    const [first, second] = versions as [string, string];
    await until('the one before is back', () => registry.serving()!.version === first);
    const state = (await task.describe()).student!.version;
    const { events } = task.timeline(10);
    await task.close();

    assert.equal(state, first);
    assert.equal(registry.promotedAtMs(), null);
    const told = events.find(({ kind }) => kind === 'student-rolled-back')!;
    assert.match(told.text, new RegExp(`^${first} answers again; the one after it: its answers`));
    assert.match(told.text, /(\d\d+) wrong that v1-\w+ has right, and 0 the other way round/);
    const line = log.lines.find(({ event }) => event === 'student-rolled-back')!;
    assert.equal(line.level, 'warn');
    assert.ok(registry.list().find(({ version }) => version === second)!.state === 'retired');
  });

  it('leaves it where the version before is wrong, too', async () => {
    const alike = { ...wrongFrom50To60, steepness: 4_000 };
    const { task, registry, versions } = await takeAlarm([alike, wrongFrom50To60]);
    await task.close(); // Awaits what is under way.

    assert.equal(registry.serving()!.version, versions[1]);
  });
});
