import { mkdir } from 'node:fs/promises';
import type { RunProgress } from '../distillation/progress.js';
import type { RunResult } from '../distillation/run-distillation.js';
import { DistillationFailedError } from '../errors.js';
import type { RunJson } from '../http/api-types.js';
import type { RunFindings } from './run-page.js';

type Judged = Extract<RunResult, { kind: 'judged' }>;

export interface DistilOptions {
  readonly runDir: string;
  /** The version to make a smaller one of; null: the run distils. */
  readonly compressed: string | null;
  readonly trigger: RunJson['trigger'];
  readonly onProgress: (progress: RunProgress) => void;
  /** Stops the run; a `DistillationFailedError` as its reason says why. */
  readonly signal: AbortSignal;
}

export interface RunEndParts {
  readonly distil: (options: DistilOptions) => Promise<RunResult>;
  /** Takes a judged candidate into the registry. @returns its version. */
  readonly register: (judged: Judged) => Promise<string>;
  /** Puts an accepted candidate in front. */
  readonly promote: (version: string) => Promise<void>;
  /** The version that serves now, or null. */
  readonly serving: () => string | null;
}

/** Distils, and puts an accepted candidate in front. A failure is an end too: it never rejects. */
export async function endOfRun(
  parts: RunEndParts,
  options: DistilOptions,
): Promise<Partial<RunJson> & RunFindings> {
  const nothing = { details: null, curve: null };
  try {
    await mkdir(options.runDir, { recursive: true });
    const result = await parts.distil(options);
    const { dataset } = result;
    if (result.kind === 'too-early')
      return { ...nothing, dataset, ...ended('skipped', result.reasons) };
    if (result.kind === 'untrainable')
      return { ...nothing, dataset, ...ended('untrainable', result.reasons) };
    if (result.kind === 'teacher-worse') {
      const { teacherCheck } = result;
      const message = 'Stopped before training: the present student goes on.';
      const end = ended('rejected', [teacherCheck.reason]);
      return { ...nothing, dataset, teacherCheck, ...end, message };
    }
    const { details, curve } = result;
    return { details, curve, dataset, ...(await endOfJudged(parts, result)) };
  } catch (error) {
    const reason: unknown = options.signal.reason;
    const cause: unknown = reason instanceof DistillationFailedError ? reason : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    return { ...nothing, ...ended('failed', [why]) };
  }
}

async function endOfJudged(parts: RunEndParts, judged: Judged): Promise<Partial<RunJson>> {
  const { evaluation, teacherCheck, isAccepted } = judged;
  const version = await parts.register(judged);
  const about = { candidateVersion: version, evaluation, teacherCheck };
  if (!isAccepted) {
    const failed = evaluation.gates.filter(({ isPassed }) => !isPassed);
    const reasons = failed.map(({ reason }) => reason);
    return { ...about, ...ended('rejected', reasons) };
  }
  const judgedBeside = evaluation.incumbent?.version ?? null;
  const servingNow = parts.serving();
  if (servingNow !== judgedBeside) {
    const reason =
      `${servingNow ?? 'No student'} serves since; the candidate was judged beside ` +
      `${judgedBeside ?? 'none'}. Start another run, or promote ${version} by its name.`;
    return { ...about, ...ended('rejected', [reason]) };
  }
  await parts.promote(version);
  return { ...about, ...ended('promoted', []) };
}

const endMessages = {
  promoted: 'Promoted: the new student serves.',
  rejected: 'Rejected: the present student goes on.',
  skipped: 'Nothing to do yet.',
  untrainable: 'No run can train, as things are: more rows do not change that.',
  failed: 'Failed: the present student goes on.',
} as const;

const ended = (state: keyof typeof endMessages, reasons: readonly string[]): Partial<RunJson> => ({
  state,
  reasons,
  share: 1,
  remainingMs: null,
  message: endMessages[state],
});
