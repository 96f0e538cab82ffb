import type { BudgetJson } from './api-types-policy.js';

/** `GET /v1/keys/self`: what the key that asks may do, and what is left to it. */
export interface KeyJson {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Null: all. */
  readonly tasks: readonly string[] | null;
  /** In US dollars; null: no limit of its own. */
  readonly budget: BudgetJson | null;
}
