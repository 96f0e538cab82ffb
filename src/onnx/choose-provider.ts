import type { Accelerator, ExecutionProvider } from './execution-provider.js';
import type { ProviderProber } from './provider-prober.js';

export interface ProviderChoice {
  readonly provider: ExecutionProvider;
  /** What was wanted more, in the order of preference. */
  readonly refused: readonly { readonly provider: Accelerator; readonly why: string }[];
}

/**
 * Chooses the first provider that works. The CPU always does and needs no probe; it is also what is
 * left when nothing wanted works, whether it is in the list or not: slow answers are better than
 * a gateway that does not start.
 *
 * @param wanted  in the order of preference; may be empty.
 */
export async function chooseProvider(
  wanted: readonly ExecutionProvider[],
  prober: ProviderProber,
): Promise<ProviderChoice> {
  const refusals = new Map<Accelerator, string>();
  let provider: ExecutionProvider = 'cpu';
  for (const candidate of wanted) {
    const why = candidate === 'cpu' ? null : await prober.probe(candidate);
    if (candidate === 'cpu' || why === null) {
      provider = candidate;
      break;
    }
    refusals.set(candidate, why);
  }
  const refused = [...refusals].map(([candidate, why]) => ({
    provider: candidate,
    why: `${why} Used instead: ${provider}.`,
  }));
  return { provider, refused };
}
