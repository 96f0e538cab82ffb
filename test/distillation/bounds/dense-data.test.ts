import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { boundsSchema } from '../../../src/config/bounds-schema.js';
import { boundRows } from '../../../src/distillation/bounds/bound-rows.js';
import { createNormalDraw } from '../../../src/distillation/seeded-draw.js';
import type { Input, InputSpec } from '../../../src/task/task.js';
import { encodeTensors } from '../../../src/task/tensor-codec.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { MemoryCapture } from '../../fakes/memory-capture.js';
import { capturedRow } from '../../support/captured-row.js';
import { seededDraw } from '../../support/seeded-draw.js';
import { topicText } from '../../support/topics-task.js';

const draw = seededDraw(3);
const normal = createNormalDraw(draw);
const text: InputSpec = { kind: 'text', charsMax: 400 };
const numbers = (size: number): InputSpec => ({
  kind: 'tensor',
  tensors: [{ name: 'x', dtype: 'float32', shape: [size] }],
});
const times = <T>(count: number, one: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => one(index));
const tensorOf = (values: readonly number[]): Input =>
  encodeTensors(
    [{ data: Float32Array.from(values), dims: [values.length] }],
    numbers(values.length) as Extract<InputSpec, { kind: 'tensor' }>,
  );
const whole = (): number => Math.floor(draw() * 1e6);

interface Traffic {
  readonly inputs: readonly Input[];
  /** Default: as many as captured rows. */
  readonly heldOut?: number;
}

/** Of the rows of ten users, and ten attackers, those that stay. */
async function kept(spec: InputSpec, users: Traffic, attackers: Traffic = { inputs: [] }) {
  const capture = new MemoryCapture();
  for (const [who, { inputs, heldOut = inputs.length }] of Object.entries({ users, attackers })) {
    const rowOf = (input: Input, index: number, isHoldout: boolean) =>
      capturedRow({
        ...{ id: `${who} ${isHoldout} ${index}`, client: `${who} ${index % 10}`, createdMs: 1 },
        ...{ input, isHoldout, inputHash: createHash('sha256').update(input).digest('hex') },
      });
    await capture.append(inputs.map((input, index) => rowOf(input, index, false)));
    await capture.append(times(heldOut, (index) => rowOf(encodeText(''), index, true)));
  }
  const { task, teacherVersion } = capturedRow({ id: '' });
  const read = { task, teacherVersion, rowsMax: 1e6, createdAfterMs: 0 };
  const result = await boundRows(await capture.readTraining(read), capture, {
    ...{ task, input: spec, seedRows: 0, knownRowsMin: 50, nowMs: 1 },
    bounds: { ...boundsSchema.parse({}), clientShareMax: 1 },
  });
  const of = (who: string) => result.kept.filter(({ client }) => client!.startsWith(who)).length;
  return { users: of('users'), attackers: of('attackers') };
}

const template = (): Input =>
  encodeText(`Order ${whole()} of customer ${whole()} has not come, it was sent on day ${whole()}`);
const asked = topicText(0, draw);
const alike = (): Input => encodeText(`${asked} ${whole().toString(36)}`);
const topics = (count: number): Input[] => times(count, (k) => encodeText(topicText(k % 8, draw)));
const vectors = (count: number, size: number): Input[] =>
  times(count, () => tensorOf(times(size, normal)));
const nearly = (values: readonly number[]): Input =>
  tensorOf(values.map((value) => value + 0.01 * normal()));

describe('data that look alike anyway', () => {
  const dense: Readonly<Record<string, readonly [InputSpec, () => Input]>> = {
    'texts of one template': [text, template],
    'one normal number': [numbers(1), () => tensorOf([normal()])],
    'one log-normal number': [numbers(1), () => tensorOf([Math.exp(2 * normal())])],
    'one of few numbers': [numbers(1), () => tensorOf([Math.floor(5 * draw())])],
    'two numbers': [numbers(2), () => tensorOf([normal(), 1e6 * normal()])],
  };
  for (const [what, [spec, one]] of Object.entries(dense))
    it(`stay: ${what}`, async () => {
      const { users } = await kept(spec, { inputs: times(2000, one) });

      assert.ok(users > 1500, `${users} of 2000`);
    });
});

describe('look-alikes in data that differ', () => {
  it('are few that stay, of 30 % of all texts', async () => {
    const { users, attackers } = await kept(
      text,
      { inputs: topics(700) },
      { inputs: times(300, alike) },
    );

    assert.ok(users > 690, `${users} of 700`);
    assert.ok(attackers <= 40, `${attackers} of 300`); // 20, and what has no key in common.
  });

  it('are few that stay, of 30 % of the traffic though of most captured rows', async () => {
    const { users, attackers } = await kept(
      text,
      { inputs: topics(700) },
      { inputs: times(1400, alike), heldOut: 300 },
    );

    assert.ok(users > 690, `${users} of 700`);
    assert.ok(attackers <= 60, `${attackers} of 1400`);
  });

  for (const extreme of [0, 1e6, 3e38])
    it(`are few that stay, of 30 % of all tensors, beside one of ${extreme}`, async () => {
      const target = times(8, normal);

      const { users, attackers } = await kept(
        numbers(8),
        { inputs: [...vectors(700, 8), tensorOf(times(8, () => extreme))] },
        { inputs: times(300, () => nearly(target)) },
      );

      assert.ok(users > 695, `${users} of 701`);
      assert.ok(attackers <= 40, `${attackers} of 300`);
    });

  it('are no more than twice what is usual, of 30 % in data that look alike', async () => {
    const { users, attackers } = await kept(
      numbers(1),
      { inputs: vectors(1400, 1) },
      { inputs: times(600, () => nearly([2])) },
    );

    assert.ok(users > 1300, `${users} of 1400`);
    assert.ok(attackers < 350, `${attackers} of 600`);
  });
});
