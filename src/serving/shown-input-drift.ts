import { promisesRisk } from '../config/policy-schema.js';
import type { InputDriftJson } from '../http/api-types.js';
import type { Guarantee } from './guarantee.js';
import type { PromiseView } from './promise-view.js';

/** Where the policy's mode goes by no certified threshold, none is raised. */
export function shownInputDrift(
  { inputDrift, policy: { mode } }: Pick<Guarantee, 'inputDrift' | 'policy'>,
  { threshold }: Pick<PromiseView, 'threshold'>,
): InputDriftJson | null {
  if (inputDrift === null || !promisesRisk(mode)) return null;
  const { sinceMs, why } = inputDrift;
  return { sinceMs, why, thresholdMin: threshold };
}
