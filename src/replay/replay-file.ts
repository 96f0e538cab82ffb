import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnswerJson, RunJson, TaskJson } from '../http/api-types.js';
import { jsonOfInput, type InputAsJson } from '../task/input-json.js';
import type { Input, InputSpec } from '../task/task.js';
import { explainFailure, gatewayEnded, gatewayNotStarted } from './replay-failed-error.js';
import { createGatewayClient, type GatewayClient } from './gateway-client.js';
import type { Mark, Replayed, ReplayEvent } from './replayed-row.js';
import { opinionsOf } from './score-opinions.js';
import { seedHoldout } from './seed-holdout.js';
import { sendInputs } from './send-inputs.js';
import { sendStream } from './send-stream.js';
import { startGateway } from './start-gateway.js';

/** One row of a file, in the order in which it is sent. */
export interface StreamRow {
  readonly input: Input;
  /** Index into the task's labels. */
  readonly label: number;
}

export interface ReplayOptions {
  readonly spec: {
    readonly name: string;
    readonly input: InputSpec;
    readonly labels: readonly string[];
  };
  readonly rows: readonly StreamRow[];
  /** The task file that the gateway gets; its paths are absolute. */
  readonly taskFile: Readonly<Record<string, unknown>>;
  /** [rows] the teacher's labels where they are known; null: it is asked when all is over. */
  readonly teacherLabels: readonly number[] | null;
  /** Decides which inputs are held out: the same seed, the same draw. */
  readonly seed: number;
  /** Empty; the gateway's data lies in it afterwards. */
  readonly workDir: string;
  /** Compiled command line of this program, and the environment for it. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** That it is reported in; default: one. */
  readonly windows?: number;
  /** Ends the gateway at once, and so the replay. */
  readonly signal: AbortSignal;
  readonly onMark: (mark: Mark, task: TaskJson) => void;
  readonly onRun: (run: RunJson) => void;
  readonly onEvent: (event: ReplayEvent) => void;
}

/** Enough to keep the gateway busy, few enough that callers wait for answers and not in queues. */
const concurrency = 8;

/**
 * Sends a stream of labelled rows through a gateway of its own, in a process of its own, and holds
 * its answers against the teacher's and the file's labels.
 *
 * @throws {ReplayFailedError} when the gateway refuses, in its own words, ends, or does not answer.
 */
export async function replayFile(options: ReplayOptions): Promise<Replayed> {
  const dataDir = join(options.workDir, 'gateway');
  const gateway = await openGateway(options, dataDir);
  try {
    const replayed = await replayThrough(gateway, options, dataDir);
    await gateway.stop();
    return replayed;
  } catch (error) {
    const why = await explainFailure(error, gateway.ended);
    await gateway.stop().catch(() => {}); // It is said why.
    throw why;
  }
}

async function replayThrough(
  gateway: Gateway,
  options: ReplayOptions,
  dataDir: string,
): Promise<Replayed> {
  const { spec, rows } = options;
  const client = createGatewayClient(gateway.url, spec.name);
  const inputs = rows.map(({ input }) => jsonOfInput(input, spec.input));
  const sent = await Promise.race([
    sendStream({ ...options, client, inputs, concurrency, windows: options.windows ?? 1 }),
    gateway.ended,
  ]);
  const indexOf = new Map(spec.labels.map((label, index) => [label, index]));
  const labelOf = (label: string): number => indexOf.get(label)!;
  const known =
    options.teacherLabels ?? (await askTeacher(client, inputs, sent.answers)).map(labelOf);
  const opinions = await opinionsOf({
    studentsDir: join(dataDir, 'tasks', spec.name, 'students'),
    inputs: rows.map(({ input }) => input),
    versions: sent.answers.map(({ studentVersion }) => studentVersion),
  });
  return {
    marks: sent.marks,
    events: sent.events,
    rows: sent.answers.map((answer, index) => ({
      trueLabel: rows[index]!.label,
      teacherLabel: known[index]!,
      answer: labelOf(answer.label),
      route: answer.route,
      studentVersion: answer.studentVersion,
      opinion: opinions[index]!,
    })),
  };
}

type Gateway = Awaited<ReturnType<typeof openGateway>>;

async function openGateway(
  { taskFile, seed, workDir, entry, env, signal }: ReplayOptions,
  dataDir: string,
) {
  await mkdir(dataDir, { recursive: true });
  const path = join(workDir, 'task.json'); // JSON is YAML.
  await writeFile(path, JSON.stringify(taskFile, null, 2));
  await seedHoldout(dataDir, `replay, seed ${seed}`);
  let fail: (error: Error) => void = () => {};
  const ended = new Promise<never>((_, reject) => (fail = reject));
  ended.catch(() => {}); // Also when nobody listens any more.
  const gateway = await startGateway({
    entry,
    dataDir,
    signal,
    env: { ...env, UNDERSTUDY_TASKS: path, UNDERSTUDY_LOG_LEVEL: 'error' },
    onUnexpectedEnd: (code) => fail(gatewayEnded(code)),
  }).catch((cause: unknown) => {
    throw signal.aborted ? cause : gatewayNotStarted(cause);
  });
  return { ...gateway, ended };
}

/**
 * The teacher's labels: of the rows that it answered, as it answered them; the others are asked for
 * now, when nothing that is measured can change any more.
 */
async function askTeacher(
  client: GatewayClient,
  inputs: readonly InputAsJson[],
  given: readonly AnswerJson[],
): Promise<readonly string[]> {
  const isUnknown = given.map(({ route }) => route !== 'teacher');
  const answers = await sendInputs({
    url: client.predictUrl,
    inputs: inputs.filter((_, index) => isUnknown[index]),
    route: 'teacher',
    concurrency,
    onAnswer: () => {},
  });
  let next = 0;
  return given.map(({ label }, index) =>
    isUnknown[index] ? answers[next++]!.answer.label : label,
  );
}
