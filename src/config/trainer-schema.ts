import { z } from 'zod';
import type { InputSpec } from '../task/task.js';

/** Who makes a student of a dataset snapshot. */
export const trainerSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('embedded'),
      student: z
        .enum(['auto', 'new', 'transformer'])
        .default('auto')
        .describe(
          '`auto` trains a student that you brought further; `new` makes another; `transformer` ' +
            'makes a small transformer of texts',
        ),
      encoder: z
        .string()
        .min(1)
        .optional()
        .describe('Directory of a frozen ONNX encoder: runs train a new head on it'),
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

/** @returns what of it does not go with the task's input; null: nothing. */
export function trainerProblem(
  trainer: TrainerConfig,
  { kind }: Pick<InputSpec, 'kind'>,
): { readonly path: readonly string[]; readonly must: string } | null {
  if (trainer.kind !== 'embedded' || trainer.student !== 'transformer') return null;
  if (trainer.encoder !== undefined)
    return { path: ['encoder'], must: 'must be left out where student is transformer' };
  if (kind === 'text') return null;
  const why = `transformers are made of texts, and the input is of kind ${kind}`;
  return { path: ['student'], must: `must be auto or new: ${why}` };
}
