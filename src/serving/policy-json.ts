import type { Policy } from '../config/policy-schema.js';
import type { PolicyJson } from '../http/api-types.js';

/** What of a policy the API shows. */
export function policyJsonOf(policy: Policy): PolicyJson {
  const { mode, teacherBudget, riskMax, delta, labels } = policy;
  const { holdoutRate, coldHoldoutRate, recoveryHoldoutRate, exploreRate, reaskRate } = policy;
  const rates = { holdoutRate, coldHoldoutRate, recoveryHoldoutRate, exploreRate, reaskRate };
  return { mode, teacherBudget, riskMax, delta, labels, ...rates };
}
