import type { TokenUsage } from '../teacher.js';
import type { TokenPrices } from './openai-options.js';

/**
 * Prices tokens, in US dollars.
 *
 *     ((input - cached) * p_in + cached * p_cached + output * p_out) / 1 000 000
 */
export function tokenCostUsd(
  { inputTokens, cachedInputTokens, outputTokens }: TokenUsage,
  { inputUsdPerMillion, cachedInputUsdPerMillion, outputUsdPerMillion }: TokenPrices,
): number {
  const cachedPrice = cachedInputUsdPerMillion ?? inputUsdPerMillion;
  const input = (inputTokens - cachedInputTokens) * inputUsdPerMillion;
  return (input + cachedInputTokens * cachedPrice + outputTokens * outputUsdPerMillion) / 1e6;
}

export const sumOfUsage = (usages: readonly TokenUsage[]): TokenUsage =>
  usages.reduce((sum, usage) => ({
    inputTokens: sum.inputTokens + usage.inputTokens,
    cachedInputTokens: sum.cachedInputTokens + usage.cachedInputTokens,
    outputTokens: sum.outputTokens + usage.outputTokens,
  }));
