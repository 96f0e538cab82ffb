import type { ExecutionProvider } from './execution-provider.js';
import type { InferenceSession } from './runtime.js';

/**
 * One thread and no spinning: small models run slower on two threads, and spinning threads ran
 * 2-3 times slower beside a busy neighbour (measured on 2 cores with an MLP training graph).
 */
export const sessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  // An error is thrown too, and said once; at 3 each failing run would write a raw line to stderr.
  logSeverityLevel: 4,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
} as const satisfies InferenceSession.SessionOptions;

/**
 * Says how a session is made that runs on `provider`. The CPU takes the nodes that the provider has
 * no kernel for; it does not take over when the provider itself cannot be loaded: onnxruntime-node
 * then throws, so only a provider that `chooseProvider` has chosen belongs here.
 */
export const sessionOptionsFor = (provider: ExecutionProvider): InferenceSession.SessionOptions =>
  provider === 'cpu'
    ? sessionOptions
    : { ...sessionOptions, executionProviders: [provider, 'cpu'] };
