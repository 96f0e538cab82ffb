/**
 * What a holdout row is used for. Rows that choose between candidate and incumbent must not certify
 * the threshold of the winner, so each row has one use for ever: one in six chooses, five certify,
 * by its hash (duplicates stay together). To choose asks only which of two is better; to certify
 * asks how good one is, and what it can not prove the teacher answers.
 *
 * @param inputHash  hex, at least 8 digits; the last 8 are used.
 * @see Angelopoulos et al. 2021, "Learn then Test", arXiv:2110.01052 (the fit needs rows of its
 *         own)
 */
export function holdoutUseOf(inputHash: string): 'choose' | 'certify' {
  return Number.parseInt(inputHash.slice(-8), 16) % 6 === 0 ? 'choose' : 'certify';
}
