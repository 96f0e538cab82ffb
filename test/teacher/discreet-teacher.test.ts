import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { TeacherFailedError } from '../../src/errors.js';
import { mayBeBilled } from '../../src/teacher/call-failure.js';
import { createAnsweringTeacher } from '../../src/serving/answering-teacher.js';
import { createDiscreetTeacher } from '../../src/teacher/discreet-teacher.js';
import { failureOfStatus } from '../../src/teacher/remote/failure-of-status.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { aloneTeacher } from '../support/alone-teacher.js';
import { pixelInput } from '../support/inputs.js';

const said = 'bad text "my card is 4111" of you';
const failing = new FakeTeacher();
failing.onLabel = async () => {
  await setImmediate();
  throw new TeacherFailedError(`Teacher big says "${said}".`, { got: `"${said}"` });
};
/** What is in the error of a call. */
const errorOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => assert.fail('It has answered.'),
    (error: unknown) => inspect(error, { showHidden: true, depth: 9 }),
  );

describe('a teacher of a task that keeps no inputs', () => {
  it('fails as it would, and repeats nothing of what its server has said', async () => {
    const inner = new FakeTeacher();
    inner.onLabel = () => {
      const about = { name: 'big', now: () => 0 };
      const failure = failureOfStatus(about, { status: 500, headers: new Headers() }, said);
      throw new TeacherFailedError(failure.message, { ...failure.details, got: `"${said}"` });
    };
    const teacher = createDiscreetTeacher(inner, 'always');

    const error: unknown = await teacher.label([pixelInput(1)]).catch((cause: unknown) => cause);

    assert.ok(error instanceof TeacherFailedError);
    assert.doesNotMatch(inspect(error, { showHidden: true, depth: 9 }), /4111/);
    assert.doesNotMatch(`${error.message} ${error.stack!}`, /card/);
    assert.match(error.message, /^Teacher big answered with status 500: "\(not shown: privacy/);
    assert.match(error.message, /Look at its own log\.$/);
    assert.deepEqual(
      [error.details['status'], error.isRetryable, mayBeBilled(error)],
      [500, true, true],
    );
  });

  it('is the same teacher otherwise', async () => {
    const inner = new FakeTeacher();
    const teacher = createDiscreetTeacher(inner, 'always');

    assert.equal((await teacher.label([pixelInput(1)]))[0]!.label, 1);
    await teacher.close();

    assert.deepEqual(
      [teacher.name, teacher.version, teacher.costPerRowUsd, inner.isClosed],
      [inner.name, inner.version, inner.costPerRowUsd, true],
    );
  });
});

describe('a request that keeps nothing', () => {
  it('fails without what its server has said, and another one with it', async () => {
    const teacher = createDiscreetTeacher(failing, 'by-request');
    const kept = await errorOf(teacher.label([pixelInput(1)]));
    const unkept = await errorOf(teacher.label([pixelInput(1)], undefined, { isDiscreet: true }));

    assert.match(kept, /my card is 4111/);
    assert.match(unkept, /Teacher big says "\(not shown: its request keeps nothing\)"/);
    assert.doesNotMatch(unkept, /4111/);
  });

  it('that shares a call is as discreet, whoever has come first', async () => {
    const inner = createDiscreetTeacher(failing, 'by-request');
    const about = { task: 'squares', metrics: createMetrics(), draw: () => 0 };
    const teacher = createAnsweringTeacher([aloneTeacher(inner)], about);
    const ask = (isDiscreet: boolean, ...pixels: readonly number[]) =>
      errorOf(
        teacher.label(
          pixels.map((pixel) => pixelInput(pixel)),
          undefined,
          { isDiscreet },
        ),
      );

    const [kept, joined] = await Promise.all([ask(false, 1), ask(true, 1)]);
    assert.match(kept, /4111/);
    assert.doesNotMatch(joined, /4111/);
    // What failed may be the other input of the one who keeps nothing.
    const [unkept, joining] = await Promise.all([ask(true, 1, 0.5), ask(false, 1)]);
    assert.doesNotMatch(unkept, /4111/);
    assert.doesNotMatch(joining, /4111/);
  });
});
