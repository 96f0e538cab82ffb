import { z } from 'zod';

/** Who makes a student of a dataset snapshot. */
export const trainerSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('embedded'),
      student: z
        .enum(['auto', 'new'])
        .default('auto')
        .describe('`auto` trains a student that you brought further; `new` makes another'),
    }),
    z.strictObject({
      kind: z.literal('command'),
      command: z
        .array(z.string().min(1))
        .min(1)
        .describe('Program and arguments, started in the directory of the task file'),
      minutesMax: z.number().gt(0).max(10_080).default(60).describe('A longer training is stopped'),
    }),
  ])
  .prefault({ kind: 'embedded' });

export type TrainerConfig = z.output<typeof trainerSchema>;
