import type { TaskService } from '../../src/task/task-service.js';
import { squareTask } from '../support/square-task.js';

/** A task with the methods that a test gives it; the others must not be called. */
export function fakeTaskService(methods: Partial<TaskService> = {}): TaskService {
  const notImplemented = (method: keyof TaskService) => (): never => {
    throw new Error(`${method} is not implemented.`);
  };
  return {
    spec: squareTask,
    predict: notImplemented('predict'),
    refusal: () => null,
    feedback: notImplemented('feedback'),
    review: notImplemented('review'),
    rows: notImplemented('rows'),
    exportRows: notImplemented('exportRows'),
    eraseSubject: notImplemented('eraseSubject'),
    describe: notImplemented('describe'),
    traffic: notImplemented('traffic'),
    timeline: notImplemented('timeline'),
    tradeoff: notImplemented('tradeoff'),
    samples: notImplemented('samples'),
    students: notImplemented('students'),
    studentFile: notImplemented('studentFile'),
    addStudent: notImplemented('addStudent'),
    promote: notImplemented('promote'),
    rollback: notImplemented('rollback'),
    startDistillation: notImplemented('startDistillation'),
    startCompression: notImplemented('startCompression'),
    cancelRun: notImplemented('cancelRun'),
    runs: notImplemented('runs'),
    run: notImplemented('run'),
    evaluationFile: notImplemented('evaluationFile'),
    followRun: notImplemented('followRun'),
    updatePolicy: notImplemented('updatePolicy'),
    ...methods,
  };
}
