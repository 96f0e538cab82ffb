import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ConflictError, InvalidInputError } from '../../src/errors.js';
import type { SavedGuarantee } from '../../src/serving/guarantee-memory.js';
import { LiveCaller } from '../../src/task/caller.js';
import type { Input } from '../../src/task/task.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { datasetReport } from '../support/api-values.js';
import { evaluationDetailsJson } from '../support/evaluated.js';
import { createGate } from '../support/gate.js';
import { pixelInput } from '../support/inputs.js';
import { askFor, openSquares, type ServedTaskOptions } from '../support/served-task.js';
import { square } from '../support/square-task.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { turnsOfTheLoop, until } from '../support/until.js';

const directory = temporaryDirectory();
const two = [{ cut: 0.4 }, { cut: 0.5 }];
const caller = new LiveCaller();

async function open(options: ServedTaskOptions = {}) {
  const opened = await openSquares(directory, options);
  after(() => opened.task.close());
  const statesOf = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await opened.task.students()).map((s) => [s.version, s.state]));
  return { ...opened, statesOf };
}
type Opened = Awaited<ReturnType<typeof open>>;

/** Who answers, and who the registry says serves: they must never differ. */
async function servingOf({ task, registry }: Opened): Promise<[string, string]> {
  const { student } = await task.describe();
  return [student!.version, registry.serving()!.version];
}
const different = (count: number): Input[] =>
  Array.from({ length: count }, (_, index) => square(0.9, index / count));

describe('a served task', () => {
  it('describes itself', async () => {
    const { task, versions } = await open({ students: two });
    await task.predict(askFor([square(0.1), square(0.9)]), caller);

    const described = await task.describe();

    const { student, certificate, rows, totals, ...rest } = described;
    assert.deepEqual(rest, {
      name: 'squares',
      title: 'Squares',
      input: { kind: 'image', width: 2, height: 2, channels: 1 },
      labels: ['dark', 'bright'],
      teacher: {
        name: 'oracle',
        version: 't1-00000001',
        architecture: 'MLP 784-64-10',
        multiplyAdds: 50_816,
        costPerRowUsd: 0.01,
        selfAgreement: null,
        riskFloor: 0,
        changedAtMs: null,
      },
      teachers: [
        {
          ...{ name: 'oracle', version: 't1-00000001', costPerRowUsd: 0.01, weight: null },
          ...{ breaker: 'closed', waitMs: 0, limitCalls: 1, inFlightCalls: 0, waitingCalls: 0 },
        },
      ],
      policy: {
        mode: 'risk',
        teacherBudget: null,
        riskMax: 0.05,
        delta: 0.1,
        labels: {},
        holdoutRate: 0.1,
        coldHoldoutRate: 0.3,
        recoveryHoldoutRate: 0.3,
        exploreRate: 0.02,
        reaskRate: 0,
      },
      driftAlarm: null,
      inputDrift: null,
      holdoutRate: 0.3,
      budget: null,
      coverage: 0,
      agreement: null,
      hasSamples: false,
      executionProvider: 'cpu',
      refusedProviders: [],
    });
    assert.equal(student!.version, versions[1]);
    // 3.6 dollars an hour are 0.001 a second: the price of a row is its run time in seconds of it.
    assert.ok(student!.costPerRowUsd > 0 && student!.costPerRowUsd < 0.001);
    assert.equal(certificate.kind, 'not-certified');
    assert.equal(rows.captured, 2);
    assert.deepEqual([totals.requests, totals.rowsByRoute.teacher], [1, 2]);
  });

  it('serves without a student, and says so', async () => {
    const { task } = await open({ students: [] });
    const [answer] = await task.predict(askFor([square(0.9)]), caller);

    const { student, certificate } = await task.describe();

    assert.equal(answer!.reason, 'no-student');
    assert.equal(student, null);
    assert.ok(certificate.kind === 'not-certified');
    assert.equal(certificate.why, 'There is no student yet.');
  });

  it('gives its samples page by page', async () => {
    const samples = [0, 1, 2].map((pixel) => ({
      input: pixelInput(pixel / 255, 0, 0, 0),
      label: pixel % 2,
      probabilities: null,
    }));
    const { task } = await open({ samples });

    assert.deepEqual(await task.samples(1, 1), {
      total: 3,
      samples: [{ input: 'AQAAAA==', label: 'bright' }],
    });
    assert.deepEqual((await task.samples(3, 10))!.samples, []);
    assert.equal(await (await open()).task.samples(0, 1), null);
  });
});

describe('promoting and rolling back', () => {
  it('change who answers, and the states of the versions', async () => {
    const opened = await open({ students: two });
    const { task, versions, statesOf, log } = opened;
    const [first, second] = versions as [string, string];

    const back = await task.rollback();
    const afterRollback = await statesOf();
    const forward = await task.promote(second);

    assert.deepEqual([back.version, back.state], [first, 'serving']);
    assert.deepEqual(afterRollback, { [second]: 'retired', [first]: 'serving' });
    assert.deepEqual([forward.version, forward.state], [second, 'serving']);
    assert.deepEqual(await servingOf(opened), [second, second]);
    assert.deepEqual(
      log.lines.filter(({ event }) => event.startsWith('student-')).map(({ event }) => event),
      ['student-rolled-back', 'student-promoted'],
    );
  });

  it('are refused where there is nothing to go back to, or no such version', async () => {
    const opened = await open();

    await assert.rejects(opened.task.rollback(), { code: 'CONFLICT', isRetryable: false });
    await assert.rejects(opened.task.promote('v9-00000009'), { code: 'NOT_FOUND' });
    assert.deepEqual(await servingOf(opened), [opened.versions[0], opened.versions[0]]);
  });

  it('at once leave the registry and the slot of one mind', async () => {
    const opened = await open({ students: [...two, { cut: 0.6 }] });
    const { task, versions } = opened;
    const [first, , third] = versions as [string, string, string];
    await task.promote(first); // Serving: first, previous: third.

    // Seen before the promotion, "the previous" would be third; in its turn it is first.
    const outcomes = await Promise.allSettled([task.promote(versions[1]!), task.rollback()]);

    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled'],
    );
    assert.deepEqual(await servingOf(opened), [first, first]);
    assert.notEqual(first, third);
  });

  it('twice at once roll back once', async () => {
    const opened = await open({ students: two });

    const outcomes = await Promise.allSettled([opened.task.rollback(), opened.task.rollback()]);

    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    assert.deepEqual(await servingOf(opened), [opened.versions[0], opened.versions[0]]);
  });
});

describe('a change of the policy', () => {
  it('holds at once, is on disk, and is announced', async () => {
    const { task, dir, log } = await open();

    const policy = await task.updatePolicy({ riskMax: 0.02, exploreRate: 0.5 });

    assert.deepEqual(policy, {
      mode: 'risk',
      teacherBudget: null,
      riskMax: 0.02,
      delta: 0.1,
      labels: {},
      holdoutRate: 0.1,
      coldHoldoutRate: 0.3,
      recoveryHoldoutRate: 0.3,
      exploreRate: 0.5,
      reaskRate: 0,
    });
    assert.deepEqual((await task.describe()).policy, policy);
    const onDisk: unknown = JSON.parse(readFileSync(join(dir, 'policy.json'), 'utf8'));
    assert.deepEqual(onDisk, { riskMax: 0.02, exploreRate: 0.5 }); // The rest is the task file's.
    assert.deepEqual(log.of('policy-changed')[0]!.fields, {
      task: 'squares',
      riskMax: 0.02,
      exploreRate: 0.5,
    });
    const { certificate } = await task.describe();
    assert.ok(certificate.kind === 'not-certified');
    assert.match(certificate.why, /more holdout rows .* for risk 2 %/);
  });

  it('of two at once loses neither', async () => {
    const { task, policyFile } = await open();

    await Promise.all([
      task.updatePolicy({ riskMax: 0.02 }),
      task.updatePolicy({ holdoutRate: 0.2 }),
      task.updatePolicy({ delta: 0.05 }),
    ]);

    const { riskMax, holdoutRate, delta } = (await task.describe()).policy;
    assert.deepEqual([riskMax, holdoutRate, delta], [0.02, 0.2, 0.05]);
    assert.deepEqual(await policyFile.read(), { riskMax: 0.02, holdoutRate: 0.2, delta: 0.05 });
  });

  it('is refused when it would train on holdout rows, and changes nothing', async () => {
    const { task, policyFile } = await open();

    await assert.rejects(task.updatePolicy({ holdoutRate: 0.31 }), (error: Error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.deepEqual(error.details, {
        field: 'holdoutRate',
        expected: 'at most 0.3',
        got: 0.31,
      });
      return true;
    });

    assert.equal((await task.describe()).policy.holdoutRate, 0.1);
    assert.equal(await policyFile.read(), null);
    await task.updatePolicy({ holdoutRate: 0.3 });
  });
});

describe('a holdout rate above what is still kept out of training', () => {
  it('is refused, and says why: it would not be in force', async () => {
    const { task } = await open({ keptOutShare: 0.15 });

    await assert.rejects(task.updatePolicy({ holdoutRate: 0.2 }), (error: Error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, /^holdoutRate must not be above 0\.15: more inputs are not kept/);
      assert.deepEqual(error.details, { field: 'holdoutRate', expected: 'at most 0.15', got: 0.2 });
      return true;
    });

    await task.updatePolicy({ holdoutRate: 0.15 });
    await task.updatePolicy({ riskMax: 0.02 }); // Says nothing of the rate.
  });
});

describe('a run of a served task', () => {
  it('starts when enough trainable rows are captured, and does not before start()', async () => {
    const { task } = await open({ distillation: { everyRows: 5 } });
    await task.predict(askFor(different(30)), caller);
    await turnsOfTheLoop();
    const before = task.runs().length;

    task.start();
    await task.predict(askFor(different(29)), caller);
    await until('a run has ended', () => task.runs()[0]?.state === 'skipped');

    assert.equal(before, 0);
    assert.equal(task.runs()[0]!.trigger, 'rows');
  });

  it('is not started by repeats, of which it would learn nothing', async () => {
    const { task } = await open({ distillation: { everyRows: 25 } });
    task.start();
    const few = different(60).slice(0, 5);
    for (let repeat = 0; repeat < 12; repeat++) await task.predict(askFor(few), caller);

    await task.startDistillation('api'); // It would be refused beside another one.
    await until('the run has ended', () => task.runs()[0]?.state === 'skipped');

    assert.deepEqual(
      task.runs().map(({ trigger }) => trigger),
      ['api'],
    );
    assert.equal((await task.describe()).rows.captured, 60);
  });

  it('is not started by the rows that a drain labels', async () => {
    const answering = createGate();
    const teacher = new FakeTeacher(() => 0);
    const { task } = await open({
      distillation: { everyRows: 1 },
      policy: { exploreRate: 1 },
      teacher,
    });
    task.start();
    teacher.onLabel = () => answering.promise;
    const request = { ...askFor(different(20)), route: 'student' as const };
    await task.predict(request, caller); // Sure rows: the teacher labels them afterwards.
    await until('the teacher is asked', () => teacher.asked.length === 1);

    const closed = task.close();
    await turnsOfTheLoop();
    answering.open();
    await closed;

    assert.deepEqual(task.runs(), []);
    await assert.rejects(task.startDistillation('api'), ConflictError);
  });

  it('takes its candidate from where the run left it; an unreadable one fails it', async () => {
    const { task } = await open({
      runSays: {
        kind: 'result',
        result: {
          kind: 'judged',
          candidateDir: '/nowhere/at/all',
          isAccepted: true,
          dataset: datasetReport,
          teacherCheck: null,
          details: evaluationDetailsJson(),
          curve: null,
          evaluation: {
            temperature: 1,
            agreement: { estimate: 1, low: 1, high: 1, rows: 1 },
            coverage: 1,
            goldenAccuracy: 1,
            goldenRows: 1,
            runMsP99: 1,
            incumbent: null,
            gates: [],
          },
        },
      },
    });

    const { id } = await task.startDistillation('api');
    await until('it has ended', () => task.run(id).state !== 'running');

    assert.equal(task.run(id).state, 'failed');
    assert.match(task.run(id).reasons[0]!, /nowhere.at.all.*is missing/);
  });
});

describe('closing a task', () => {
  it('has all on disk that it knows of its promise when it is closed', async () => {
    const policy = { coldHoldoutRate: 1, holdoutRate: 1 };
    const { task, dir } = await open({ policy });
    await task.predict(askFor(different(350)), caller); // Five in six are enough for one fit.
    await task.close();

    const saved = JSON.parse(readFileSync(join(dir, 'guarantee.json'), 'utf8')) as SavedGuarantee;

    assert.deepEqual(Object.values(saved.attempts), [1]);
    assert.equal(Object.values(saved.states)[0]!.certified?.kind, 'certified');
  });

  it('labels what is owed a label, then frees its models', async () => {
    const policy = { exploreRate: 1, holdoutRate: 1e-6, coldHoldoutRate: 1e-6 };
    const { task, capture, teacher } = await open({ policy });
    await task.predict({ ...askFor(different(50)), route: 'student' }, caller);

    await task.close();
    await task.close();

    assert.equal(capture.rows.length, 50);
    assert.equal(teacher.isClosed, true);
  });
});
