import type { Log } from '../telemetry/log.js';
import type { TaskBus } from './task-bus.js';

/** Writes down what an operator wants to find later; answers are counted, not logged. */
export function logTask(bus: TaskBus, log: Log, task: string): void {
  bus.on('labellingLost', (rows, err) => log.warn('labelling-lost', { task, rows, err }));
  bus.on('guarantee', (event) => {
    if (event.kind === 'certificate-won') log.info(event.kind, { task, ...event.certificate });
    else log.warn(event.kind, { task, why: event.why });
  });
  bus.on('runStarted', ({ id, trigger }) => log.info('run-started', { task, run: id, trigger }));
  bus.on('runEnded', ({ id, state, reasons, candidateVersion }) =>
    log.info('run-ended', { task, run: id, outcome: state, candidateVersion, reasons }),
  );
  bus.on('studentChanged', (version, how) => log.info(`student-${how}`, { task, version }));
  bus.on('policyChanged', (patch) => log.info('policy-changed', { task, ...patch }));
}
