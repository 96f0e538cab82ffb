import type { LossOptions } from './distillation-loss.js';

/** Small students like a small T; mostly the teacher's whole opinion, a little its label. */
export const studentLoss = { alpha: 0.9, temperature: 2 } as const satisfies LossOptions;

/** Fewer validation rows do not tell one student from another. */
export const validationRowsMin = 30;
