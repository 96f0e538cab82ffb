import type { InferenceSession } from './runtime.js';

/**
 * One thread and no spinning: small models run slower on two threads, and spinning threads ran
 * 2-3 times slower beside a busy neighbour (measured on 2 cores with an MLP training graph).
 */
export const sessionOptions: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};
