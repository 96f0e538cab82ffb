import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { changedPolicy } from '../../src/config/policy-changes.js';
import { policyPatchSchema } from '../../src/config/policy-schema.js';
import { parseTaskConfig } from '../../src/config/task-config.js';
import { InvalidConfigError } from '../../src/errors.js';
import { repositoryRoot } from '../../src/files/repository-root.js';
import { policy } from '../support/square-task.js';

const smallest = {
  name: 'squares',
  title: 'Squares',
  input: { kind: 'image', width: 2, height: 2, channels: 1 },
  labels: ['dark', 'bright'],
  teacher: { kind: 'onnx', name: 'oracle', bundle: './teacher', costPerRowUsd: 0.01 },
  policy: { riskMax: 0.05 },
};

function problemsOf(changes: Record<string, unknown>): string[] {
  try {
    parseTaskConfig({ ...smallest, ...changes }, 'task.yaml');
  } catch (error) {
    assert.ok(error instanceof InvalidConfigError);
    const [first, ...problems] = error.message.split('\n- ');
    assert.equal(first, 'task.yaml has problems:');
    return problems;
  }
  return [];
}

describe('a task file', () => {
  it('needs little: the rest has defaults', () => {
    const config = parseTaskConfig(smallest, 'task.yaml');

    assert.deepEqual(config.policy, {
      mode: 'risk',
      teacherBudget: null,
      riskMax: 0.05,
      delta: 0.1,
      labels: {},
      holdoutRate: 0.04,
      coldHoldoutRate: 0.25,
      recoveryHoldoutRate: 0.1,
      exploreRate: 0.01,
      reaskRate: 0.01,
      onTeacherFailure: 'degraded',
    });
    const distillation = {
      schedule: null,
      everyRows: null,
      growth: null,
      trainingRowsMin: 200,
      choosingRowsMin: 40,
      trainingRowsMax: 50_000,
      runMsP99Max: 20,
      modelBytesMax: 67_108_864,
      bundlesMax: 20,
      seed: 1,
    };
    assert.deepEqual({ ...config.distillation, ...distillation }, config.distillation);
    const { teacher } = config;
    assert.equal(teacher?.kind === 'onnx' && teacher.timeoutMs, 2000);
    const { student, golden, seedRows, samples, machineCostPerHourUsd } = config;
    assert.deepEqual(
      [student, golden, seedRows, samples, machineCostPerHourUsd],
      [null, null, null, null, 0],
    );
  });

  it('of the built-in task is one', () => {
    const path = join(repositoryRoot(), 'models', 'digits', 'task.yaml');
    const config = parseTaskConfig(parse(readFileSync(path, 'utf8')), path);

    assert.equal(config.name, 'digits');
    assert.equal(config.labels.length, 10);
  });

  it('has no label that no object can have as a key', () => {
    const labels = ['dark', '__proto__'];
    assert.deepEqual(problemsOf({ labels }), ['labels.1: __proto__ can not be a label']);
  });

  it('has all of its problems told together, each with its place', () => {
    const problems = problemsOf({
      name: 'My Task',
      labels: ['a', 'b', 'a'],
      teacher: { ...smallest.teacher, costPerRowUsd: -1, port: 80 },
      distillation: { schedule: 'every night' },
      studnet: './student',
    });

    assert.equal(problems.length, 6);
    for (const pattern of [
      /^name: use a-z, 0-9 and -, at most 63$/,
      /^labels: labels must be unique: "a" is there twice$/,
      /^teacher\.costPerRowUsd: /,
      /^teacher: Unrecognized key: "port"$/,
      /^distillation\.schedule: must be a cron expression$/,
      /^\(top level\): Unrecognized key: "studnet"$/,
    ])
      assert.ok(
        problems.some((problem) => pattern.test(problem)),
        `${String(pattern)} in ${problems.join('; ')}`,
      );
  });

  for (const content of [null, [], 'digits', 7]) {
    it(`is not ${JSON.stringify(content)}`, () => {
      assert.throws(() => parseTaskConfig(content, 'task.yaml'), InvalidConfigError);
    });
  }

  it('asks for transformers of texts alone', () => {
    const distillation = { trainer: { kind: 'embedded', student: 'transformer' } };

    const [problem, ...others] = problemsOf({ distillation });
    assert.match(problem!, /^distillation\.trainer\.student: must be auto or new: .* kind image$/);
    assert.deepEqual(others, []);
    const input = { kind: 'text', charsMax: 100 };
    assert.deepEqual(problemsOf({ distillation, input }), []);
    const both = { trainer: { ...distillation.trainer, encoder: './encoder' } };
    assert.deepEqual(problemsOf({ distillation: both, input }), [
      'distillation.trainer.encoder: must be left out where student is transformer',
    ]);
  });

  it('may not draw fewer holdout rows cold than later: some would have been trained on', () => {
    const rates = { riskMax: 0.05, holdoutRate: 0.3, coldHoldoutRate: 0.2 };
    assert.deepEqual(problemsOf({ policy: rates }), [
      'policy.holdoutRate: must not be above coldHoldoutRate',
    ]);
    assert.deepEqual(problemsOf({ policy: { ...rates, coldHoldoutRate: 0.3 } }), []);
  });

  it('may not go without holdout rows: a promise would be neither certified nor watched', () => {
    assert.equal(problemsOf({ policy: { riskMax: 0.05, holdoutRate: 0 } }).length, 1);
    const student = { mode: 'student', riskMax: 0.05, holdoutRate: 0 };
    assert.deepEqual(problemsOf({ policy: student }), []);
  });

  it('has a budget where the budget decides, in calls or in money', () => {
    const budget = (teacherBudget: unknown) => ({ mode: 'budget', riskMax: 0.05, teacherBudget });

    for (const set of [{ callsPerHour: 10 }, { usdPerHour: 0.5 }])
      assert.deepEqual(problemsOf({ policy: budget(set) }), []);
    assert.deepEqual(problemsOf({ policy: budget(null) }), [
      'policy.teacherBudget: must be there in mode budget',
    ]);
    for (const set of [{}, { callsPerHour: 10, usdPerHour: 1 }])
      assert.deepEqual(problemsOf({ policy: budget(set) }), [
        'policy.teacherBudget: takes exactly one of callsPerHour and usdPerHour',
      ]);
    for (const set of [
      { callsPerHour: 0 },
      { callsPerHour: 1.5 },
      { usdPerHour: 0 },
      { callsPerHour: 1, other: 1 },
    ])
      assert.equal(problemsOf({ policy: budget(set) }).length, 1);
  });

  it('may promise more of labels that it has, and leaves one to the policy', () => {
    const of = (labels: unknown) => problemsOf({ policy: { riskMax: 0.05, labels } });

    assert.deepEqual(of({ bright: { riskMax: 0.01, missMax: 0.02 } }), []);
    assert.deepEqual(of({ z: { riskMax: 0.01 } }), [
      'policy.labels: must name labels of the task, and z is none',
    ]);
    assert.deepEqual(of({ bright: {} }), ['policy.labels.bright: takes riskMax, missMax, or both']);
    assert.deepEqual(of({ bright: { riskMax: 0.06 } }), [
      "policy.labels: must not have a riskMax above the policy's for bright",
    ]);
    assert.deepEqual(of({ dark: { riskMax: 0.01 }, bright: { riskMax: 0.01 } }), [
      'policy.labels: must leave one label at least to the riskMax of the policy',
    ]);
  });

  it('may not promise what no number of rows could certify', () => {
    for (const promise of [{ riskMax: 0.000_9 }, { riskMax: 0 }, { riskMax: 1 }])
      assert.equal(problemsOf({ policy: promise }).length, 1);
    for (const delta of [0, 0.000_9, 0.51])
      assert.equal(problemsOf({ policy: { riskMax: 0.05, delta } }).length, 1);
    assert.deepEqual(problemsOf({ policy: { riskMax: 0.001, delta: 0.001 } }), []);
  });

  it('takes the cron expressions that are usual', () => {
    for (const schedule of ['0 3 * * *', '*/15 8-18 * * MON-FRI', '@daily'])
      assert.deepEqual(problemsOf({ distillation: { schedule } }), []);
  });
});

describe('a patch of the policy', () => {
  it('says only what it changes: nothing gets its default back', () => {
    assert.deepEqual(policyPatchSchema.parse({}), {});
    assert.deepEqual(policyPatchSchema.parse({ exploreRate: 0 }), { exploreRate: 0 });
  });
});

describe('saved changes of the policy', () => {
  it('win over the task file, which says the rest, as it is now', () => {
    const edited = { ...policy, exploreRate: 0.5, onTeacherFailure: 'error' as const };

    assert.deepEqual(changedPolicy(edited, { riskMax: 0.01 }, 'policy.json'), {
      ...edited,
      riskMax: 0.01,
    });
    assert.deepEqual(changedPolicy(edited, null, 'policy.json'), edited);
  });

  it('say nothing of what cannot be changed this way', () => {
    const saved = { coldHoldoutRate: 1, onTeacherFailure: 'error', other: 1 };
    assert.deepEqual(changedPolicy(policy, saved, 'policy.json'), policy);
  });

  it('that do not go with the task file any more are refused, with what to do', () => {
    for (const saved of [{ holdoutRate: 0.31 }, { riskMax: 1e-300 }, { delta: 'small' }]) {
      assert.throws(
        () => changedPolicy(policy, saved, '/data/policy.json'),
        (error: Error) => {
          assert.ok(error instanceof InvalidConfigError);
          assert.match(error.message, new RegExp(`\n- ${Object.keys(saved)[0]!}: `));
          assert.match(error.message, /delete \/data\/policy\.json to go back to it/);
          return true;
        },
      );
    }
  });
});

describe('the teachers of a task file', () => {
  const one = { kind: 'labels', name: 'people', file: './labels.csv', costPerRowUsd: 0 };
  const without = Object.fromEntries(
    Object.entries(smallest).filter(([field]) => field !== 'teacher'),
  );
  const problemOf = (fields: object): string | undefined => {
    try {
      parseTaskConfig({ ...without, ...fields }, 'task.yaml');
      return undefined;
    } catch (error) {
      return (error as Error).message.split('\n- ')[1];
    }
  };

  it('may be one, or several in their order or by weight', () => {
    const other = { ...one, name: 'others' };
    for (const fields of [
      { teacher: one },
      { teachers: [one, other] },
      {
        teachers: [
          { ...one, weight: 9 },
          { ...other, weight: 1 },
        ],
      },
    ])
      assert.equal(problemOf(fields), undefined);
  });

  it('are told what does not go together', () => {
    const weighed = { ...one, name: 'others', weight: 1 };

    assert.match(problemOf({})!, /^teacher: takes exactly one of teacher and teachers$/);
    assert.match(problemOf({ teacher: one, teachers: [one] })!, /exactly one/);
    assert.match(problemOf({ teachers: [one, one] })!, /^teachers\.1\.name: must be of one/);
    assert.match(problemOf({ teachers: [weighed, one] })!, /^teachers\.1\.weight: is needed/);
  });

  it('have defaults for how they are asked', () => {
    const { teacher } = parseTaskConfig({ ...without, teacher: one }, 'task.yaml');

    assert.deepEqual(teacher!.resilience, {
      attemptTimeoutMs: null,
      retries: { attemptsMax: 3, budgetShare: 0.2, firstDelayMs: 50, delayMsMax: 2000 },
      breaker: {
        ...{ windowMs: 30_000, callsMin: 10, failureShare: 0.5 },
        ...{ openMs: 5000, openMsMax: 60_000, probes: 2 },
      },
      limit: { callsMax: 64, queueMax: 1024 },
      hedge: null,
    });
  });
});
