import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CancelledError,
  OverloadedError,
  TeacherFailedError,
  TeacherTimeoutError,
} from '../../src/errors.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { observeTeacher } from '../../src/serving/observed-teacher.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { measureTask, type ScrapedState } from '../../src/serving/task-metrics.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { answerJson, runJson } from '../support/api-values.js';
import { capturedRow } from '../support/captured-row.js';
import { certificate } from '../support/certified.js';
import { teacherCheck } from '../support/teacher-check.js';
import { policy, square } from '../support/square-task.js';

const task = 'squares';
const uncertified: ScrapedState = {
  certificate: { kind: 'not-certified', why: '', holdoutRows: 0, nextFitAtRows: 230, labels: [] },
  driftAlarm: null,
  inputDrift: null,
  budget: null,
  threshold: null,
  coverage: null,
  agreement: null,
  policy,
  teacher: { selfAgreement: null, riskFloor: 0 },
  studentVersion: null,
  executionProvider: 'cpu',
  avoidedCostUsd: 0,
  presentRun: null,
};

function open() {
  const metrics = createMetrics();
  const bus = createTaskBus();
  const state = { now: uncertified };
  measureTask(bus, metrics, { task, teacherCostPerRowUsd: 0.01, readState: () => state.now });
  /** Values of a metric, by its labels as Prometheus writes them. */
  const read = async (name: string): Promise<Record<string, number>> => {
    const lines = (await metrics.text()).split('\n');
    const found = lines.flatMap((line) => {
      const match = /^(\w+)\{(.*)\} (\S+)$/.exec(line);
      return match?.[1] === name ? [[match[2]!, Number(match[3])] as const] : [];
    });
    return Object.fromEntries(found);
  };
  return { metrics, bus, state, read };
}

describe('the metrics of a task', () => {
  it('count answers by route and reason, with their latency and cost', async () => {
    const { bus, read } = open();
    const latencyMs = { preprocess: 1, student: 2, teacher: 30, capture: 4, total: 37 };
    bus.emit('answered', [
      answerJson({ costUsd: 0.001, latencyMs: { preprocess: 1, student: 2, total: 3 } }),
      answerJson({ route: 'teacher', reason: 'unsure', costUsd: 0.02, latencyMs }),
      answerJson({ route: 'teacher', reason: 'unsure', costUsd: 0.02, latencyMs }),
    ]);

    assert.deepEqual(await read('understudy_answers_total'), {
      'task="squares",route="student",reason="confident"': 1,
      'task="squares",route="teacher",reason="unsure"': 2,
    });
    assert.deepEqual(await read('understudy_answer_latency_seconds_sum'), {
      'task="squares",route="student"': 0.003,
      'task="squares",route="teacher"': 0.074,
    });
    assert.deepEqual(await read('understudy_cost_usd_total'), {
      'task="squares",route="student"': 0.001,
      'task="squares",route="teacher"': 0.04,
    });
    assert.deepEqual(await read('understudy_teacher_for_all_cost_usd_total'), {
      'task="squares"': 0.03,
    });
  });

  it('observe each stage once a request, however many rows it has', async () => {
    const { bus, read } = open();
    const latencyMs = { preprocess: 1, student: 2, teacher: 30, capture: 4, total: 37 };
    bus.emit('answered', [
      answerJson({ latencyMs: { preprocess: 1, student: 2, total: 3 } }),
      answerJson({ route: 'teacher', reason: 'unsure', latencyMs }),
      answerJson({ route: 'teacher', reason: 'unsure', latencyMs }),
    ]);
    bus.emit('answered', [answerJson({ latencyMs: { preprocess: 1, student: 2, total: 3 } })]);

    const stage = (name: string): string => `task="squares",stage="${name}"`;
    assert.deepEqual(await read('understudy_stage_latency_seconds_count'), {
      [stage('preprocess')]: 2,
      [stage('student')]: 2,
      [stage('teacher')]: 1,
      [stage('capture')]: 1,
    });
  });

  it('count captured rows by what they are for, and what labelling costs', async () => {
    const { bus, read } = open();
    bus.emit('captured', [
      capturedRow({ id: 'a', isHoldout: true, route: 'student', costUsd: 0.01 }),
      capturedRow({ id: 'b', isTrainable: true, route: 'teacher', costUsd: 0.01 }),
      capturedRow({ id: 'c', isTrainable: false, route: 'teacher', costUsd: 0.01 }),
    ]);

    assert.deepEqual(await read('understudy_captured_rows_total'), {
      'task="squares",use="holdout"': 1,
      'task="squares",use="training"': 1,
      'task="squares",use="reserved"': 1,
    });
    // What the teacher answered itself is counted with its answer.
    assert.deepEqual(await read('understudy_cost_usd_total'), {
      'task="squares",route="labelling"': 0.01,
    });
  });

  it('have the rare events from the start, so that the first one is seen to happen', async () => {
    const { bus, read } = open();
    const [lost, rows, unkept] = [
      await read('understudy_certificate_lost_total'),
      await read('understudy_labelling_lost_rows_total'),
      await read('understudy_unkept_teacher_answers_total'),
    ];
    bus.emit('guarantee', { kind: 'certificate-lost', why: '', cause: 'answers' });
    bus.emit('guarantee', { kind: 'certificate-won', certificate: certificate(0.9) });
    bus.emit('labellingLost', 32, new Error('Down.'));
    bus.emit('answersUnkept', 2, new Error('Full.'));

    for (const before of [lost, rows, unkept]) assert.deepEqual(before, { 'task="squares"': 0 });
    assert.deepEqual(await read('understudy_unkept_teacher_answers_total'), {
      'task="squares"': 2,
    });
    assert.deepEqual(await read('understudy_certificate_lost_total'), { 'task="squares"': 1 });
    assert.deepEqual(await read('understudy_labelling_lost_rows_total'), { 'task="squares"': 32 });
  });

  it('count runs by trigger and outcome, and say how long the newest took', async () => {
    const { bus, read } = open();
    bus.emit(
      'runEnded',
      runJson({ trigger: 'drift', state: 'rejected', endedAtMs: 1_700_000_002_500 }),
    );

    const runs = await read('understudy_distillation_runs_total');
    assert.equal(runs['task="squares",trigger="drift",outcome="rejected"'], 1);
    assert.equal(Object.keys(runs).length, 6 * 5); // Every trigger and outcome, from the start.
    assert.deepEqual(await read('understudy_distillation_run_seconds'), { 'task="squares"': 2.5 });
  });

  it('count checks of the teacher, what they cost, and that it has changed', async () => {
    const { bus, read } = open();
    const one = 'task="squares"';
    assert.deepEqual(await read('understudy_teacher_changed_total'), { [one]: 0 });

    bus.emit('teacherChecked', teacherCheck(1));
    bus.emit('teacherChecked', teacherCheck(2, { newLabels: [0, 1] }));
    bus.emit('teacherCheckLost', new Error('Down.'), 0.01);
    bus.emit('teacherChanged');

    assert.deepEqual(await read('understudy_teacher_checks_total'), {
      [`${one},outcome="same"`]: 1,
      [`${one},outcome="different"`]: 1,
      [`${one},outcome="lost"`]: 1,
    });
    assert.deepEqual(await read('understudy_cost_usd_total'), {
      [`${one},route="labelling"`]: 0.05,
    });
    assert.deepEqual(await read('understudy_teacher_changed_total'), { [one]: 1 });
  });

  it('show a threshold of 2 while none is certified, and leave out what is not known', async () => {
    const { read } = open();

    assert.deepEqual(await read('understudy_threshold_ratio'), { 'task="squares"': 2 });
    assert.deepEqual(await read('understudy_certified'), { 'task="squares"': 0 });
    assert.deepEqual(await read('understudy_coverage_ratio'), {});
    assert.deepEqual(await read('understudy_agreement_ratio'), {});
    assert.deepEqual(await read('understudy_student_info'), { 'task="squares",version="none"': 1 });
  });

  it('show the state of the moment', async () => {
    const { state, read } = open();
    state.now = {
      certificate: { ...certificate(0.87), labels: [] },
      driftAlarm: null,
      inputDrift: null,
      budget: { unit: 'calls', perHour: 200, spentLastHour: 50 },
      threshold: 0.87,
      coverage: 0.6,
      agreement: { estimate: 0.97, low: 0.95, high: 0.99, rows: 500 },
      policy: { ...policy, riskMax: 0.02 },
      teacher: {
        selfAgreement: { estimate: 0.94, low: 0.9, high: 0.96, rows: 300 },
        riskFloor: 0.02,
      },
      studentVersion: 'v2-00000002',
      executionProvider: 'cpu',
      avoidedCostUsd: -0.25,
      presentRun: runJson({ share: 0.4 }),
    };

    const one = 'task="squares"';
    assert.deepEqual(await read('understudy_threshold_ratio'), { [one]: 0.87 });
    assert.deepEqual(await read('understudy_certified'), { [one]: 1 });
    assert.deepEqual(await read('understudy_risk_max_ratio'), { [one]: 0.02 });
    assert.deepEqual(await read('understudy_teacher_budget_spent_ratio'), { [one]: 0.25 });
    assert.deepEqual(await read('understudy_coverage_ratio'), { [one]: 0.6 });
    assert.deepEqual(await read('understudy_avoided_cost_usd'), { [one]: -0.25 });
    assert.deepEqual(await read('understudy_distillation_run_ratio'), { [one]: 0.4 });
    assert.deepEqual(await read('understudy_risk_floor_ratio'), { [one]: 0.02 });
    assert.deepEqual(await read('understudy_teacher_self_agreement_ratio'), {
      [`${one},bound="estimate"`]: 0.94,
      [`${one},bound="low"`]: 0.9,
      [`${one},bound="high"`]: 0.96,
    });
    assert.deepEqual(await read('understudy_agreement_ratio'), {
      [`${one},bound="estimate"`]: 0.97,
      [`${one},bound="low"`]: 0.95,
      [`${one},bound="high"`]: 0.99,
    });
    assert.deepEqual(await read('understudy_student_info'), {
      [`${one},version="v2-00000002"`]: 1,
    });
  });

  it('show an alarm from its moment on until it is over, in every mode', async () => {
    const { state, read } = open();
    const before = await read('understudy_drift_alarm');
    state.now = { ...state.now, driftAlarm: { sinceMs: 1, why: 'Seen.' } };
    const on = await read('understudy_drift_alarm');
    state.now = { ...state.now, policy: { ...policy, mode: 'student' } };
    const inOtherMode = await read('understudy_drift_alarm');
    state.now = { ...state.now, driftAlarm: null };

    const one = 'task="squares"';
    assert.deepEqual([before, on, inOtherMode], [{ [one]: 0 }, { [one]: 1 }, { [one]: 1 }]);
    assert.deepEqual(await read('understudy_drift_alarm'), { [one]: 0 });
  });

  it('show each target of a label as long as it is promised, and its threshold', async () => {
    const { state, read } = open();
    const shared = { label: 'bright', max: 0.01, delta: 0.05, rows: 400, failures: 0 };
    const labels = [
      { ...shared, target: 'riskMax', threshold: 0.8, why: null },
      { ...shared, target: 'missMax', threshold: null, why: 'Too few.' },
    ] as const;
    state.now = { ...state.now, certificate: { ...certificate(0.87), labels } };
    const bright = 'task="squares",label="bright"';
    const [both, thresholds] = [
      await read('understudy_label_certified'),
      await read('understudy_label_threshold_ratio'),
    ];
    state.now = {
      ...state.now,
      certificate: { ...certificate(0.87), labels: labels.slice(0, 1) },
    };
    const one = await read('understudy_label_certified');
    state.now = { ...state.now, policy: { ...policy, mode: 'budget' } };

    const [risk, miss] = [`${bright},target="riskMax"`, `${bright},target="missMax"`];
    assert.deepEqual(both, { [risk]: 1, [miss]: 0 });
    assert.deepEqual(thresholds, { [risk]: 0.8, [miss]: 2 });
    assert.deepEqual(one, { [risk]: 1 });
    assert.deepEqual(await read('understudy_label_certified'), {});
    assert.deepEqual(await read('understudy_label_threshold_ratio'), {});
  });

  it('say nothing of a promise where the policy makes none', async () => {
    const { state, read } = open();
    state.now = { ...state.now, policy: { ...policy, mode: 'student' } };

    assert.deepEqual(await read('understudy_certified'), {});
    assert.deepEqual(await read('understudy_risk_max_ratio'), {});
    assert.deepEqual(await read('understudy_threshold_ratio'), { 'task="squares"': 0 });
    const modes = await read('understudy_policy_mode');
    assert.deepEqual(
      Object.entries(modes).filter(([, value]) => value === 1),
      [['task="squares",mode="student"', 1]],
    );
  });

  it('leave out what is no longer known: a new student has no agreement yet', async () => {
    const { state, read } = open();
    const agreement = { estimate: 0.97, low: 0.95, high: 0.99, rows: 500 };
    state.now = { ...state.now, coverage: 0.6, agreement };
    await read('understudy_agreement_ratio');

    state.now = { ...state.now, coverage: null, agreement: null };

    assert.deepEqual(await read('understudy_agreement_ratio'), {});
    assert.deepEqual(await read('understudy_coverage_ratio'), {});
  });
});

describe('an observed teacher', () => {
  const observe = (teacher: FakeTeacher, purpose: 'answer' | 'labelling') => {
    const { metrics, read } = open();
    return { observed: observeTeacher(teacher, { task, purpose, metrics }), read };
  };

  it('is the teacher itself', async () => {
    const teacher = new FakeTeacher(() => 0);
    const { observed } = observe(teacher, 'answer');

    const answers = await observed.label([square(1)]);
    await observed.close();

    assert.deepEqual(answers[0]!.label, 0);
    assert.deepEqual(
      [observed.name, observed.version, observed.costPerRowUsd, teacher.isClosed],
      ['oracle', 't1-00000001', 0.01, true],
    );
  });

  it('has its calls counted by outcome, its rows by what for', async () => {
    const teacher = new FakeTeacher();
    const { observed, read } = observe(teacher, 'labelling');
    await observed.label([square(1), square(0)]);
    for (const error of [
      new TeacherTimeoutError('Late.'),
      new TeacherFailedError('Down.'),
      new TypeError('A bug.'),
      new OverloadedError('Full.', 1),
      new CancelledError('Gone.'),
    ]) {
      teacher.onLabel = () => {
        throw error;
      };
      await assert.rejects(observed.label([square(1)]), error);
    }

    const outcome = (name: string): string => `task="squares",teacher="oracle",outcome="${name}"`;
    assert.deepEqual(await read('understudy_teacher_calls_total'), {
      [outcome('ok')]: 1,
      [outcome('timeout')]: 1,
      [outcome('failed')]: 2,
      [outcome('overloaded')]: 1,
      [outcome('cancelled')]: 1,
    });
    assert.deepEqual(await read('understudy_teacher_rows_total'), {
      'task="squares",teacher="oracle",purpose="labelling"': 2,
    });
  });
});
