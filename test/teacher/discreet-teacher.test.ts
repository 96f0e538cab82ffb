import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { TeacherFailedError } from '../../src/errors.js';
import { mayBeBilled } from '../../src/teacher/call-failure.js';
import { createDiscreetTeacher } from '../../src/teacher/discreet-teacher.js';
import { failureOfStatus } from '../../src/teacher/remote/failure-of-status.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { pixelInput } from '../support/inputs.js';

describe('a teacher of a task that keeps no inputs', () => {
  it('fails as it would, and repeats nothing of what its server has said', async () => {
    const inner = new FakeTeacher();
    const said = 'bad text "my card is 4111" of you';
    inner.onLabel = () => {
      const about = { name: 'big', now: () => 0 };
      const failure = failureOfStatus(about, { status: 500, headers: new Headers() }, said);
      throw new TeacherFailedError(failure.message, { ...failure.details, got: `"${said}"` });
    };
    const teacher = createDiscreetTeacher(inner);

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
    const teacher = createDiscreetTeacher(inner);

    assert.equal((await teacher.label([pixelInput(1)]))[0]!.label, 1);
    await teacher.close();

    assert.deepEqual(
      [teacher.name, teacher.version, teacher.costPerRowUsd, inner.isClosed],
      [inner.name, inner.version, inner.costPerRowUsd, true],
    );
  });
});
