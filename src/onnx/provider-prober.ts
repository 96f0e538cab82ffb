import { fileURLToPath } from 'node:url';
import type { Accelerator } from './execution-provider.js';
import { explainProbeFailure } from './explain-probe-failure.js';
import { probeProvider, type ProbeOptions } from './probe-provider.js';

/** Finds out which providers work; one belongs to a gateway. */
export interface ProviderProber {
  /** @returns why the provider cannot be used, in full sentences; null when it works. */
  probe(provider: Accelerator): Promise<string | null>;
}

/** CUDA and cuDNN are 2 GB of libraries: a slow disk that has not read them yet takes 20 s. */
export const probeTimeoutMs = 30_000;

/**
 * Makes a prober that tries each provider once, however many tasks ask: a GPU that comes or goes
 * while the gateway runs is not noticed before it starts again.
 */
export function createProviderProber({
  entry = fileURLToPath(new URL('./probe-process.js', import.meta.url)),
  timeoutMs = probeTimeoutMs,
}: Partial<ProbeOptions> = {}): ProviderProber {
  const verdicts = new Map<Accelerator, Promise<string | null>>();

  async function tryOut(provider: Accelerator): Promise<string | null> {
    const failure = await probeProvider(provider, { entry, timeoutMs });
    return failure && explainProbeFailure(provider, failure);
  }

  return {
    probe(provider) {
      const verdict = verdicts.get(provider) ?? tryOut(provider);
      verdicts.set(provider, verdict);
      return verdict;
    },
  };
}
