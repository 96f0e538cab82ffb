import { Cron } from 'croner';
import { z } from 'zod';
import { InvalidConfigError } from '../errors.js';
import { schemaProblemsOf } from '../files/schema-problems.js';
import { executionProviders } from '../onnx/execution-provider.js';
import { inputSchema, labelsSchema } from '../task/input-schema.js';

const share = z.number().min(0).max(1);
/** Without holdout rows nothing is certified, and a certificate is not watched. */
const holdoutShare = z.number().min(0.000_001).max(1);
const money = z.number().min(0);

const policyShape = z.strictObject({
  /**
   * Greatest share of student answers that may differ from the teacher's. A smaller one could never
   * be certified: it takes more rows than a fit looks at (`evidenceRowsMax`).
   */
  riskMax: z.number().min(0.001).lt(1),
  /** Probability with which that promise may fail. */
  delta: z.number().min(0.001).max(0.5).default(0.1),
  /** Share of requests that the teacher always labels, once the student is certified. */
  holdoutRate: holdoutShare.default(0.04),
  /**
   * The same while nothing is certified: the teacher answers everything, so it costs nothing. No
   * input that it takes in is ever trained on, so `holdoutRate` is not above it.
   */
  coldHoldoutRate: holdoutShare.default(0.25),
  /** Share of sure rows that are labelled for training, off the caller's path. */
  exploreRate: share.default(0.01),
  /** What a caller gets when the teacher cannot be used: the student's answer, or an error. */
  onTeacherFailure: z.enum(['degraded', 'error']).default('degraded'),
});

export const policySchema = policyShape.refine(
  ({ holdoutRate, coldHoldoutRate }) => holdoutRate <= coldHoldoutRate,
  { path: ['holdoutRate'], error: 'must not be above coldHoldoutRate' },
);

/**
 * What `PATCH /v1/tasks/{task}/policy` may change. Without defaults: what is absent stays. Not
 * `coldHoldoutRate`: inputs below it are kept out of training from the first day.
 */
export const policyPatchSchema = z.strictObject({
  riskMax: policyShape.shape.riskMax.exactOptional(),
  delta: policyShape.shape.delta.unwrap().exactOptional(),
  holdoutRate: holdoutShare.exactOptional(),
  exploreRate: share.exactOptional(),
});

const distillationSchema = z.strictObject({
  /** Cron expression (UTC), or null for never. */
  schedule: z.string().refine(isCron, 'must be a cron expression').nullable().default(null),
  /** Start a run after this many new training rows, or null for never. */
  everyRows: z.number().int().min(1).nullable().default(null),
  /** Fewest training rows (seed rows included), and holdout rows to choose by, for a run. */
  trainingRowsMin: z.number().int().min(20).default(200),
  choosingRowsMin: z.number().int().min(10).default(40),
  /** Newest captured rows that go into one dataset. */
  trainingRowsMax: z.number().int().min(100).max(1_000_000).default(50_000),
  /** A candidate slower or larger than this is rejected. */
  runMsP99Max: z.number().gt(0).default(20),
  modelBytesMax: z.number().int().min(1024).default(67_108_864),
  /** Versions kept on disk beside the serving and the previous one. */
  bundlesMax: z.number().int().min(2).default(20),
  /** Images may be moved by so many pixels without changing their label; training then does. */
  shiftPixels: z.number().int().min(0).max(8).default(0),
  seed: z.number().int().min(0).default(1),
});

const servingSchema = z.strictObject({
  /** Time that one run of the student may take, ms: batches grow no further. */
  runMsTarget: z.number().gt(0).max(10_000).default(25),
  /**
   * `adaptive` refuses (503) what would make everybody wait; `fixed` lets `queueRowsMax` rows in.
   */
  limit: z.enum(['adaptive', 'fixed']).default('adaptive'),
  /** Rows that may wait for the student; more are refused (503). */
  queueRowsMax: z.number().int().min(1).max(1_000_000).default(4096),
  /** Threads of a student that is too slow for the event loop; null: by the number of cores. */
  threads: z.number().int().min(1).max(64).nullable().default(null),
  /** Memory for answers that are given again to equal inputs, bytes; 0 for none. Not shared. */
  cacheBytesMax: z.number().int().min(0).max(17_179_869_184).default(0),
});

/** One task file (`task.yaml`). Paths are relative to the file. */
const taskConfigSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use a-z, 0-9 and -, at most 63'),
  title: z.string().min(1).max(200),
  input: inputSchema,
  labels: labelsSchema,
  /** Bundle directory of the first student, or null to start with none. */
  student: z.string().nullable().default(null),
  teacher: z.strictObject({
    kind: z.literal('onnx'),
    name: z.string().min(1).max(100),
    /** Bundle directory. */
    bundle: z.string().min(1),
    costPerRowUsd: money,
    timeoutMs: z.number().int().min(1).max(600_000).default(2000),
  }),
  /** What the models run on, in order of preference; what can not be used is passed over. */
  executionProviders: z.array(z.enum(executionProviders)).min(1).default(['cpu']),
  serving: servingSchema.prefault({}),
  /** Price of the machine that runs the student, US dollars an hour. */
  machineCostPerHourUsd: money.default(0),
  policy: policySchema,
  distillation: distillationSchema.prefault({}),
  /** Labelled files (Parquet): frozen rows for the gates, rows of every dataset, sample traffic. */
  golden: z.string().nullable().default(null),
  seedRows: z.string().nullable().default(null),
  samples: z.string().nullable().default(null),
});

export type TaskConfig = z.output<typeof taskConfigSchema>;
export type Policy = TaskConfig['policy'];

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
