import type { Log } from '../telemetry/log.js';
import { createSampler } from '../telemetry/sampler.js';
import type { TaskBus } from './task-bus.js';

/** What may happen with every request is written down at most this often, ms. */
const everyMs = 10_000;

/** Writes down what an operator wants to find later; answers are counted, not logged. */
export function logTask(
  bus: TaskBus,
  { log, task, now }: { readonly log: Log; readonly task: string; readonly now: () => number },
): void {
  const sample = createSampler(everyMs, now);
  bus.on('teacherUnusable', (reason, err) => {
    const sampled = sample(reason);
    if (sampled !== null) log.warn('teacher-unusable', { task, reason, ...sampled, err });
  });
  bus.on('studentFailed', (rows, err) => {
    const sampled = sample('student-failed');
    if (sampled !== null) log.error('student-failed', { task, rows, ...sampled, err });
  });
  bus.on('labellingLost', (rows, err) => log.warn('labelling-lost', { task, rows, err }));
  bus.on('answersUnkept', (rows, err) => {
    const sampled = sample('answers-unkept');
    if (sampled !== null) log.warn('answers-unkept', { task, rows, ...sampled, err });
  });
  bus.on('teacherCheckLost', (err) => {
    const sampled = sample('check');
    if (sampled !== null) log.warn('teacher-check-lost', { task, ...sampled, err });
  });
  bus.on('teacherUngraded', (err) => log.warn('teacher-ungraded', { task, err }));
  bus.on('teacherChanged', () => log.warn('teacher-changed', { task }));
  bus.on('guarantee', (event) => {
    if (event.kind === 'certificate-won') log.info(event.kind, { task, ...event.certificate });
    else log.warn(event.kind, { task, why: event.why });
  });
  bus.on('runStarted', ({ id, trigger, compresses }) =>
    log.info('run-started', { task, run: id, trigger, ...(compresses && { compresses }) }),
  );
  bus.on('runEnded', ({ id, state, reasons, candidateVersion }) =>
    log.info('run-ended', { task, run: id, outcome: state, candidateVersion, reasons }),
  );
  bus.on('studentChanged', (version, how, why) => {
    if (why === undefined) log.info(`student-${how}`, { task, version });
    else log.warn(`student-${how}`, { task, version, why });
  });
  bus.on('policyChanged', (patch) => log.info('policy-changed', { task, ...patch }));
}
