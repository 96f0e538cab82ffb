import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TeacherFailedError } from '../../src/errors.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { logTask } from '../../src/serving/task-log.js';
import { RecordingLog } from '../fakes/recording-log.js';
import { runJson } from '../support/api-values.js';
import { certificate } from '../support/certified.js';

function open() {
  const log = new RecordingLog();
  const bus = createTaskBus();
  const clock = { nowMs: 0 };
  logTask(bus, { log, task: 'squares', now: () => clock.nowMs });
  return { log, bus, clock };
}

describe('the log of a task', () => {
  it('has what an operator looks for later', () => {
    const { log, bus } = open();
    const error = new Error('Full.');
    bus.emit('runStarted', runJson());
    bus.emit('runEnded', runJson({ state: 'promoted', candidateVersion: 'v2-00000002' }));
    bus.emit('studentChanged', 'v2-00000002', 'promoted');
    bus.emit('guarantee', { kind: 'certificate-won', certificate: certificate(0.9) });
    bus.emit('guarantee', { kind: 'certificate-lost', why: 'It differs.', cause: 'answers' });
    bus.emit('labellingLost', 3, error);
    bus.emit('answersUnkept', 2, error);
    bus.emit('policyChanged', { riskMax: 0.02 });

    const task = 'squares';
    assert.deepEqual(
      log.lines.map(({ level, event, fields }) => [level, event, fields]),
      [
        ['info', 'run-started', { task, run: 'run-1', trigger: 'api' }],
        [
          'info',
          'run-ended',
          {
            task,
            run: 'run-1',
            outcome: 'promoted',
            candidateVersion: 'v2-00000002',
            reasons: [],
          },
        ],
        ['info', 'student-promoted', { task, version: 'v2-00000002' }],
        ['info', 'certificate-won', { task, ...certificate(0.9) }],
        ['warn', 'certificate-lost', { task, why: 'It differs.' }],
        ['warn', 'labelling-lost', { task, rows: 3, err: error }],
        ['warn', 'answers-unkept', { task, rows: 2, leftOut: 0, err: error }],
        ['info', 'policy-changed', { task, riskMax: 0.02 }],
      ],
    );
  });

  it('has one line in ten seconds of a teacher that is down, with its cause', () => {
    const { log, bus, clock } = open();
    const down = new TeacherFailedError('Connection refused.');
    for (const nowMs of [0, 10, 9_000, 10_000]) {
      clock.nowMs = nowMs;
      bus.emit('teacherUnusable', 'teacher-failed', down);
    }
    bus.emit('teacherUnusable', 'teacher-timeout', down);

    assert.deepEqual(
      log.of('teacher-unusable').map(({ level, fields }) => [level, fields]),
      (
        [
          ['teacher-failed', 0],
          ['teacher-failed', 2],
          ['teacher-timeout', 0],
        ] as const
      ).map(([reason, leftOut]) => ['warn', { task: 'squares', reason, leftOut, err: down }]),
    );
  });
});
