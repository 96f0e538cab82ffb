import type { ApiKey } from '../keys/api-key.js';
import type { KeyBudget } from '../task/task-service.js';

/** @returns null where the gateway has no keys, or this one has no budget of its own. */
export const keyBudgetOf = (key: ApiKey | null): KeyBudget | null =>
  key === null || key.usdPerHour === null ? null : { key: key.name, usdPerHour: key.usdPerHour };
