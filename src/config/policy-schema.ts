import { z } from 'zod';

const share = z.number().min(0).max(1);
/** Without holdout rows nothing is certified, and a certificate is not watched. */
const holdoutShare = z.number().min(0.000_001).max(1);

/** Who answers: see `routing/decide-route.ts`. */
export const policyModes = ['risk', 'budget', 'student', 'teacher', 'shadow'] as const;

/** Whether the threshold that is in force is a certified one. */
export const promisesRisk = (mode: Policy['mode']): boolean => mode === 'risk' || mode === 'shadow';

const perHour = 'In any hour at most';
const teacherBudgetSchema = z
  .strictObject({
    callsPerHour: z
      .number()
      .int()
      .min(1)
      .max(1e9)
      .exactOptional()
      .describe(`${perHour} so many rows go to the teacher`),
    usdPerHour: z
      .number()
      .gt(0)
      .max(1e9)
      .exactOptional()
      .describe(`${perHour} so many US dollars are spent on the teacher`),
  })
  .refine(
    ({ callsPerHour, usdPerHour }) => (callsPerHour === undefined) !== (usdPerHour === undefined),
    'takes exactly one of callsPerHour and usdPerHour',
  );

/** A smaller one takes more rows to certify than a fit looks at (`evidenceRowsMax`). */
const riskMax = z.number().min(0.001).lt(1);
const delta = z.number().min(0.001).max(0.5).default(0.1);

const labelTargetSchema = z
  .strictObject({
    riskMax: riskMax
      .exactOptional()
      .describe("Greatest share of the student's answers with this label that may differ"),
    missMax: riskMax
      .exactOptional()
      .describe('Greatest share of what the teacher labels so that the student may miss'),
    delta: delta.describe('Probability with which these promises may fail'),
  })
  .refine(
    (target) => target.riskMax !== undefined || target.missMax !== undefined,
    'takes riskMax, missMax, or both',
  );

const policyShape = z.strictObject({
  mode: z
    .enum(policyModes)
    .default('risk')
    .describe('Who answers: by the promise, by the budget, or always the same; see below'),
  teacherBudget: teacherBudgetSchema
    .nullable()
    .default(null)
    .describe('What the teacher may cost, holdout labels included; mode `budget` spends it evenly'),
  riskMax: riskMax.describe("Greatest share of student answers that may differ from the teacher's"),
  delta: delta.describe('Probability with which that promise may fail'),
  labels: z
    .record(z.string(), labelTargetSchema)
    .default({})
    .describe('Targets for single labels: `{fraud: {riskMax: 0.005, missMax: 0.01, delta: 0.1}}`'),
  holdoutRate: share
    .default(0.04)
    .describe('Share of requests that the teacher always labels, once the student is certified'),
  coldHoldoutRate: holdoutShare
    .default(0.25)
    .describe('The same while nothing is certified: the teacher answers all, so it costs nothing'),
  recoveryHoldoutRate: holdoutShare
    .default(0.1)
    .describe(
      'The same after a drift alarm; it can only be lowered. Inputs above it are learnt from',
    ),
  exploreRate: share
    .default(0.01)
    .describe("Share of sure rows that are labelled for training, off the caller's path"),
  reaskRate: share
    .default(0.01)
    .describe('Checks of the teacher against itself, a holdout row; each asks it for two answers'),
  onTeacherFailure: z
    .enum(['degraded', 'error'])
    .default('degraded')
    .describe(
      "When no answer of the teacher can be had, or kept: the student's, marked, or an error",
    ),
});

export type Policy = z.output<typeof policyShape>;
export type PolicyMode = Policy['mode'];
export type TeacherBudgetSettings = NonNullable<Policy['teacherBudget']>;

/** What of a policy does not go together. */
export interface PolicyProblem {
  readonly field: keyof Policy;
  /** What it must be: `must not be above coldHoldoutRate`. */
  readonly must: string;
  /** The same as a value: `at most 0.3`. */
  readonly expected: string;
}

/** Rules between settings of one policy. */
export function policyProblemsOf(policy: Policy): readonly PolicyProblem[] {
  const { mode, holdoutRate, coldHoldoutRate, teacherBudget } = policy;
  const problems: PolicyProblem[] = [];
  if (holdoutRate > coldHoldoutRate)
    problems.push({
      field: 'holdoutRate',
      must: 'must not be above coldHoldoutRate',
      expected: `at most ${coldHoldoutRate}`,
    });
  // In this mode nothing is promised: who wants no call to the teacher at all may say so.
  if (holdoutRate === 0 && mode !== 'student')
    problems.push({
      field: 'holdoutRate',
      must: 'must be above 0, unless mode is student',
      expected: 'above 0',
    });
  if (mode === 'budget' && teacherBudget === null)
    problems.push({
      field: 'teacherBudget',
      must: 'must be there in mode budget',
      expected: '{"callsPerHour": ...} or {"usdPerHour": ...}',
    });
  problems.push(...labelProblemsOf(policy));
  return problems;
}

function labelProblemsOf({ riskMax: overall, labels }: Policy): readonly PolicyProblem[] {
  return Object.entries(labels)
    .filter(([, target]) => (target.riskMax ?? 0) > overall)
    .map(([name]) => ({
      field: 'labels',
      must: `must not have a riskMax above the policy's for ${name}`,
      expected: `riskMax at most ${overall}`,
    }));
}

/** Rules between a policy and the labels of its task. */
export function labelNamesProblem(
  { labels }: Pick<Policy, 'labels'>,
  names: readonly string[],
): PolicyProblem | null {
  const unknown = Object.keys(labels).find((name) => !names.includes(name));
  if (unknown !== undefined)
    return {
      field: 'labels',
      must: `must name labels of the task, and ${unknown} is none`,
      expected: 'labels of the task',
    };
  const isFree = (name: string): boolean => labels[name]?.riskMax === undefined;
  if (names.some(isFree)) return null;
  return {
    field: 'labels',
    must: 'must leave one label at least to the riskMax of the policy',
    expected: 'a label without a riskMax of its own',
  };
}

export const policySchema = policyShape.superRefine((policy, context) => {
  for (const { field, must } of policyProblemsOf(policy))
    context.addIssue({ code: 'custom', path: [field], message: must });
});

/**
 * What `PATCH /v1/tasks/{task}/policy` may change. Without defaults: what is absent stays. Not
 * `coldHoldoutRate` and `recoveryHoldoutRate`: inputs above them may have been trained on.
 */
export const policyPatchSchema = z.strictObject({
  mode: policyShape.shape.mode.unwrap().exactOptional(),
  teacherBudget: teacherBudgetSchema.nullable().exactOptional(),
  riskMax: policyShape.shape.riskMax.exactOptional(),
  delta: policyShape.shape.delta.unwrap().exactOptional(),
  labels: policyShape.shape.labels.unwrap().exactOptional(),
  holdoutRate: share.exactOptional(),
  exploreRate: share.exactOptional(),
  reaskRate: share.exactOptional(),
});
