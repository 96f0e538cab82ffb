import { z } from 'zod';
import { resilienceSchema } from './resilience-schema.js';

/** What every kind of teacher has. */
export const anyTeacher = {
  weight: z
    .number()
    .gt(0)
    .max(1_000_000)
    .exactOptional()
    .describe('In `teachers`: share of the calls, beside the weights of the others'),
  resilience: resilienceSchema.prefault({}),
};
