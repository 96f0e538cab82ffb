import { dirname, join } from 'node:path';
import { SingleBar } from 'cli-progress';
import type {
  CompressionJson,
  DatasetReportJson,
  EvaluationJson,
  GateJson,
  RunJson,
} from '../http/api-types.js';
import type { BeforeAfter } from '../http/api-types-compression.js';
import { runPageDir } from '../serving/run-page.js';
import { percent } from '../task/percent.js';
import { exitCodeOfRun } from './exit-code-of-run.js';
import { withTask, type ControlOptions, type TaskControl } from './task-control.js';

/** `understudy distil TASK`: one distillation run with a progress bar, then its verdict. */
export async function distil(name: string, options: ControlOptions): Promise<void> {
  await withTask(name, options, async (task) => {
    console.log(`Distilling ${name} ${task.where}`);
    const run = await showRun(name, task, (show) => task.distil(show));
    if (run.hasPage === true) console.log(`\nEvaluation: ${pageOf(run.id, task.incomingDir)}`);
  });
}

/** Shows a run with a progress bar, then its verdict; the command ends with its code. */
export async function showRun(
  name: string,
  { isElsewhere }: Pick<TaskControl, 'isElsewhere'>,
  start: (show: (run: RunJson) => void) => Promise<RunJson>,
): Promise<RunJson> {
  const bar = createBar();
  const close = isElsewhere ? tellOnInterrupt(name, bar.stop) : () => {};
  const run = await start(bar.show).finally(() => {
    close();
    bar.stop(); // It hides the cursor.
  });
  console.log(verdictOf(run));
  process.exitCode = exitCodeOfRun[run.state];
  return run;
}

/** Whoever ends the command has not ended the run. @returns takes that back. */
function tellOnInterrupt(name: string, stopBar: () => void): () => void {
  const onInterrupt = (): void => {
    stopBar();
    console.error(`\nThe run goes on at the gateway. To cancel it: understudy cancel ${name}`);
    process.exit(130);
  };
  process.once('SIGINT', onInterrupt);
  return () => void process.off('SIGINT', onInterrupt);
}

/** In the task's own directory, beside `incoming/`: the gateway runs on this machine. */
const pageOf = (run: string, incomingDir: string): string =>
  join(runPageDir(join(dirname(incomingDir), 'runs', run)), 'evaluation.md');

/** A bar on a terminal; elsewhere one line for each tenth of the way. */
export function createBar(): { show: (run: RunJson) => void; stop: () => void } {
  if (!process.stdout.isTTY) {
    let shownTenths = -1;
    const show = (run: RunJson): void => {
      const tenths = Math.floor(run.share * 10);
      if (tenths <= shownTenths) return;
      shownTenths = tenths;
      console.log(
        `${String(Math.round(run.share * 100)).padStart(3)} %  ${run.stage}: ${run.message}`,
      );
    };
    return { show, stop: () => {} };
  }
  const bar = new SingleBar({
    format: '{bar} {percentage} % | {stage}: {text}',
    hideCursor: true,
    barsize: 24,
  });
  bar.start(1000, 0, { stage: '', text: '' });
  return {
    show: (run) => {
      const left = run.remainingMs === null ? '' : `, ${Math.ceil(run.remainingMs / 1000)} s left`;
      bar.update(Math.round(run.share * 1000), { stage: run.stage, text: run.message + left });
    },
    stop: () => bar.stop(),
  };
}

/** @returns what a run came to, with every gate and its numbers. */
export function verdictOf(run: RunJson): string {
  const seconds = (((run.endedAtMs ?? run.startedAtMs) - run.startedAtMs) / 1000).toFixed(1);
  return [
    '',
    `${run.message} (${seconds} s)`,
    ...(run.dataset ? linesOfDataset(run.dataset) : []),
    ...(run.candidateVersion === null ? [] : [`Candidate ${run.candidateVersion}`]),
    ...(run.evaluation === null ? [] : [agreementLine(run.evaluation)]),
    ...(run.evaluation?.compression ? linesOfCompression(run.evaluation.compression) : []),
    ...(run.evaluation?.training?.notes ?? []).map((note) => `  ${note}`),
    ...gatesOf(run).map(
      ({ name, isPassed, reason }) => `  ${isPassed ? 'pass' : 'FAIL'}  ${name}: ${reason}`,
    ),
    ...reasonsBeside(run).map((reason) => `  ${reason}`),
  ].join('\n');
}

/** Reasons that no gate has given, such as a change of the student during the run. */
function reasonsBeside(run: RunJson): string[] {
  const gates = gatesOf(run);
  return run.reasons.filter((said) => gates.every(({ reason }) => reason !== said));
}

function gatesOf({ teacherCheck, evaluation }: RunJson): readonly GateJson[] {
  return [...(teacherCheck ? [teacherCheck] : []), ...(evaluation?.gates ?? [])];
}

function linesOfDataset({ summary, boundClients }: DatasetReportJson): string[] {
  return [
    `Dataset: ${summary}`,
    ...boundClients.map(
      ({ client, rows, kept }) => `  ${client ?? 'no client'}: ${kept} of ${rows} captured rows`,
    ),
  ];
}

function linesOfCompression(compression: CompressionJson): string[] {
  const { of, bytes, runMs, batchMs, rows, sameLabel, probabilityGap } = compression;
  const ms = ({ before, after }: BeforeAfter): string =>
    `${before.toFixed(3)} -> ${after.toFixed(3)} ms (${(before / after).toFixed(2)} times as fast)`;
  const [before, after] = [bytes.before, bytes.after].map((size) => size.toLocaleString('en'));
  const share = (bytes.after / bytes.before) * 100;
  return [
    `  size           ${before!} -> ${after!} bytes (${share.toFixed(1)} % of ${of})`,
    `  a run of 1     ${ms(runMs)}`,
    `  a run of ${String(batchMs.rows).padEnd(6)}${ms(batchMs)}`,
    `  same label     ${percent(sameLabel)} of ${rows} rows; probabilities differ by at most ` +
      probabilityGap.toFixed(4),
  ];
}

function agreementLine({ agreement }: EvaluationJson): string {
  const [low, high] = [agreement.low, agreement.high].map((share) => (share * 100).toFixed(1));
  return (
    `  agreement with the teacher ${(agreement.estimate * 100).toFixed(1)} % ` +
    `(${low!} to ${high!}) on ${agreement.rows} holdout rows`
  );
}
