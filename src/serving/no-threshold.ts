/**
 * Shown as the threshold while none is certified: above any confidence, the teacher answers all.
 */
export const noThreshold = 2;
