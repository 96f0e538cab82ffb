import type { Capture } from '../capture/capture.js';
import { InvalidInputError } from '../errors.js';
import type { EvaluationDetailsJson } from '../http/api-types-evaluation.js';
import { misfitOf } from '../registry/misfit.js';
import { readBundle, type Bundle } from '../registry/read-bundle.js';
import type { TaskSpec } from '../task/task.js';
import { readChoosingRows } from './choosing-rows.js';
import type { LabelledRow } from './dataset.js';
import type { RiskTarget } from './evaluate-candidate.js';
import { evaluationDetails } from './evaluation-details.js';
import { scoreRows, withRunner, type JudgingRows, type ScoredModel } from './scored-model.js';
import { goldenTrainedOn } from './trained-on.js';

export interface CompareVersionsOptions {
  readonly task: TaskSpec;
  readonly target: RiskTarget;
  /** Bundle directories: the student in question, and the one that it is held against. */
  readonly studentDir: string;
  readonly otherDir: string;
  readonly capture: Pick<Capture, 'readHoldout' | 'readTraining'>;
  /** Rows of its answers alone count. */
  readonly teacherVersion: string;
  /** Rows of requests up to this moment came before a drift alarm. */
  readonly evidenceAfterMs: number;
  readonly goldenRows: readonly LabelledRow[];
  /** Rows of every dataset. */
  readonly seedRows: readonly LabelledRow[];
}

/**
 * Compares two versions of a student, on rows that neither was trained on: the holdout rows that
 * choose, and golden rows that equal no row to train on.
 *
 * @throws {InvalidBundleError} when a bundle's files are not what its manifest says.
 * @throws {InvalidInputError} when a version does not fit the task, or there are no rows.
 */
export async function compareVersions(
  options: CompareVersionsOptions,
): Promise<EvaluationDetailsJson> {
  const { task, target, capture, teacherVersion, goldenRows } = options;
  const bundles = [
    await readFitting(options.studentDir, task),
    await readFitting(options.otherDir, task),
  ] as const;
  const filter = { task: task.name, teacherVersion };
  const choosing = await readChoosingRows(capture, {
    ...filter,
    createdAfterMs: options.evidenceAfterMs,
  });
  const isTrainedOn = await goldenTrainedOn({ ...options, task: task.name });
  requireRows(choosing.length + isTrainedOn.filter((isOne) => !isOne).length, goldenRows.length);
  const rows: JudgingRows = { choosing, golden: goldenRows };
  const student = await score(bundles[0], rows);
  const other = await score(bundles[1], rows);
  const question = { task: task.name, labels: task.labels, target, rows, isTrainedOn };
  return evaluationDetails(student, other, question);
}

async function readFitting(dir: string, task: TaskSpec): Promise<Bundle> {
  const bundle = await readBundle(dir);
  const misfit = misfitOf(bundle.manifest, task);
  if (misfit === null) return bundle;
  const { version } = bundle.manifest;
  throw new InvalidInputError(
    `${version} can not be compared: it is not of the task ${task.name} as it is now; ${misfit}`,
    { field: 'version', expected: `a student of ${task.name}`, got: version },
  );
}

const score = (bundle: Bundle, rows: JudgingRows): Promise<ScoredModel> =>
  withRunner(bundle, (runner) => scoreRows(runner, bundle.manifest, rows));

function requireRows(rows: number, goldenRows: number): void {
  if (rows > 0) return;
  const golden =
    goldenRows === 0
      ? 'the task has no golden rows'
      : `all ${goldenRows} golden rows equal a row to train on`;
  throw new InvalidInputError(
    'There are no rows to compare on: no holdout row chooses between students yet, and ' +
      `${golden}. ` +
      'Send traffic (one holdout row in six chooses), or give the task file golden rows.',
    { field: 'rows', expected: 'at least one', got: 0 },
  );
}
