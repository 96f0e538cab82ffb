/*
 * Entry of the process that tries a provider, its only argument. Native code that aborts or hangs
 * here takes nothing with it: `probe-provider.ts` tells what it has seen of it.
 */
import { probeModel } from './probe-model.js';
import type { ProbeMessage } from './probe-provider.js';
import { InferenceSession, listSupportedBackends, Tensor } from './runtime.js';
import { sessionOptions } from './session-options.js';

const reason = await whyNot(process.argv[2] ?? '').catch((cause: unknown) =>
  cause instanceof Error ? cause.message : String(cause),
);
const message: ProbeMessage = reason === null ? { kind: 'works' } : { kind: 'failed', reason };
process.send?.(message, () => {}); // A parent that is gone needs no answer.

async function whyNot(provider: string): Promise<string | null> {
  const known = listSupportedBackends().map(({ name }) => name);
  if (!known.includes(provider)) {
    const platform = `${process.platform} ${process.arch}`;
    return `onnxruntime-node for ${platform} has ${known.join(', ')} and no ${provider}`;
  }
  const { model, input, expected } = probeModel();
  const session = await InferenceSession.create(model, {
    ...sessionOptions,
    executionProviders: [provider],
    // A node that is left to the CPU is an error then.
    extra: { session: { ...sessionOptions.extra.session, disable_cpu_ep_fallback: '1' } },
  });
  const { output } = await session.run({ input: new Tensor('float32', input.data, input.dims) });
  const got = Array.from(output!.data as Float32Array);
  await session.release();
  const isRight = expected.every((number, index) => Math.abs(number - got[index]!) < 1e-2);
  return isRight ? null : `it computes ${got.join()} where ${expected.join()} is right`;
}
