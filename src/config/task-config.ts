import { Cron } from 'croner';
import { z } from 'zod';
import { InvalidConfigError } from '../errors.js';
import { schemaProblemsOf } from '../files/schema-problems.js';
import { executionProviders } from '../onnx/execution-provider.js';
import { inputSchema, labelsSchema } from '../task/input-schema.js';
import { trainerProblem, trainerSchema } from './trainer-schema.js';
import { teacherSchema, teachersProblem, teachersSchema } from './teacher-schema.js';
import { boundsSchema } from './bounds-schema.js';
import { privacySchema } from './privacy-schema.js';
import { labelNamesProblem, policySchema } from './policy-schema.js';

const money = z.number().min(0);

const rows = (min: number): z.ZodNumber => z.number().int().min(min);

const distillationSchema = z.strictObject({
  trainer: trainerSchema.describe('Who trains: `embedded`, or a program of yours'),
  schedule: z
    .string()
    .refine(isCron, 'must be a cron expression')
    .nullable()
    .default(null)
    .describe('Cron expression (UTC), or null for never'),
  everyRows: rows(1)
    .nullable()
    .default(null)
    .describe('Start a run after so many new training rows, repeats not counted; null: never'),
  growth: z
    .number()
    .min(0.01)
    .max(100)
    .nullable()
    .default(null)
    .describe(
      'Start a run when training rows have grown by this share (0.2: a fifth); null: never',
    ),
  trainingRowsMin: rows(20)
    .default(200)
    .describe('Fewest training rows for a run, seed rows included'),
  choosingRowsMin: rows(10).default(40).describe('Fewest holdout rows to choose by, for a run'),
  trainingRowsMax: rows(100)
    .max(1_000_000)
    .default(50_000)
    .describe('Newest captured rows that go into one dataset'),
  bounds: boundsSchema.prefault({}),
  outOfScopeShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.01)
    .describe(
      'Ordinary inputs that may count as out of scope and go to the teacher; 0: none. Students ' +
        'that are brought, and transformers, are not watched',
    ),
  runMsP99Max: z.number().gt(0).default(20).describe('A slower candidate is rejected, ms'),
  modelBytesMax: z
    .number()
    .int()
    .min(1024)
    .default(67_108_864)
    .describe('A larger candidate is rejected, bytes'),
  bundlesMax: z
    .number()
    .int()
    .min(2)
    .default(20)
    .describe('Versions kept on disk beside the serving and the previous one'),
  probationHours: z
    .number()
    .min(0)
    .max(8760)
    .default(24)
    .describe(
      'So long a promoted version goes by itself when it fails rows, or an alarm finds the one ' +
        'before it better; 0: never',
    ),
  shiftPixels: z
    .number()
    .int()
    .min(0)
    .max(8)
    .default(0)
    .describe('Images may be moved by so many pixels and keep their label; training uses it'),
  seed: z.number().int().min(0).default(1).describe('Another one trains another student'),
  searchWork: z
    .number()
    .min(0)
    .max(100)
    .default(4)
    .describe('Work that a search for better settings may take, in usual trainings; 0: no search'),
  searchSecondsMax: z
    .number()
    .gt(0)
    .max(86_400)
    .default(600)
    .describe('A search, or a further training, is cut short after it; its run says so, s'),
});

const servingSchema = z.strictObject({
  runMsTarget: z
    .number()
    .gt(0)
    .max(10_000)
    .default(25)
    .describe('Time that one run of the student may take, ms: batches grow no further'),
  limit: z
    .enum(['adaptive', 'fixed'])
    .default('adaptive')
    .describe('`adaptive` refuses (503) what would make all wait; `fixed` goes by queueRowsMax'),
  queueRowsMax: rows(1)
    .max(1_000_000)
    .default(4096)
    .describe('Rows that may wait for the student; more are refused (503)'),
  threads: z
    .number()
    .int()
    .min(1)
    .max(64)
    .nullable()
    .default(null)
    .describe('Of a student too slow for the event loop; null: a core each but one, at most 4'),
  cacheBytesMax: z
    .number()
    .int()
    .min(0)
    .max(17_179_869_184)
    .default(0)
    .describe('Answers given again to equal inputs, bytes in each process; 0: none'),
  recentBytesMax: z
    .number()
    .int()
    .min(0)
    .max(17_179_869_184)
    .default(33_554_432)
    .describe('Newest student answers remembered for feedback, bytes of all processes; 0: none'),
});

/** One task file (`task.yaml`). Paths are relative to the file. */
const taskShape = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use a-z, 0-9 and -, at most 63')
    .describe('Part of every URL'),
  title: z.string().min(1).max(200).describe('For people'),
  input: inputSchema,
  labels: labelsSchema,
  student: z
    .string()
    .nullable()
    .default(null)
    .describe('Bundle directory of the first student, or null to start with none'),
  teacher: teacherSchema.exactOptional().describe('Who answers when the student is not sure'),
  teachers: teachersSchema
    .exactOptional()
    .describe(
      'Instead of `teacher`: several, in their order or by `weight`; students imitate the first',
    ),
  executionProviders: z
    .array(z.enum(executionProviders))
    .min(1)
    .default(['cpu'])
    .describe('What the models run on, by preference; what can not be used is passed over'),
  serving: servingSchema.prefault({}),
  privacy: privacySchema.prefault({}),
  machineCostPerHourUsd: money
    .default(0)
    .describe('Price of the machine that runs the student, US dollars an hour'),
  policy: policySchema,
  distillation: distillationSchema.prefault({}),
  golden: z
    .string()
    .nullable()
    .default(null)
    .describe('Labelled file (Parquet): frozen rows that a candidate must not be worse on'),
  seedRows: z
    .string()
    .nullable()
    .default(null)
    .describe('Labelled file (Parquet): rows of every dataset'),
  samples: z
    .string()
    .nullable()
    .default(null)
    .describe('Labelled file (Parquet): real inputs to try the task with'),
});

export const taskConfigSchema = taskShape.superRefine((task, context) => {
  const { policy, labels, input, distillation } = task;
  const names = labelNamesProblem(policy, labels);
  if (names !== null)
    context.addIssue({ code: 'custom', path: ['policy', names.field], message: names.must });
  if (task.privacy.inputs === 'redacted' && input.kind !== 'text')
    context.addIssue({
      code: 'custom',
      path: ['privacy', 'inputs'],
      message: 'can be redacted for texts alone: use full, hash or none',
    });
  const teachers = teachersProblem(task);
  if (teachers !== null)
    context.addIssue({ code: 'custom', path: [...teachers.path], message: teachers.must });
  const trainer = trainerProblem(distillation.trainer, input);
  if (trainer !== null)
    context.addIssue({
      code: 'custom',
      path: ['distillation', 'trainer', ...trainer.path],
      message: trainer.must,
    });
});

export type TaskConfig = z.output<typeof taskConfigSchema>;

/**
 * Validates the parsed content of a task file.
 *
 * @param from  the file's path, for messages.
 * @throws {InvalidConfigError} listing all problems together.
 */
export function parseTaskConfig(content: unknown, from: string): TaskConfig {
  const parsed = taskConfigSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = schemaProblemsOf(parsed.error);
  throw new InvalidConfigError(`${from} has problems:\n- ${problems.join('\n- ')}`, {
    problems: problems.length,
  });
}

function isCron(expression: string): boolean {
  try {
    new Cron(expression, { paused: true, timezone: 'UTC' }).stop();
    return true;
  } catch {
    return false;
  }
}
