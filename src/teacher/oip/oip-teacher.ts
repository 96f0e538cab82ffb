import { GatewayError, InvalidConfigError, TeacherFailedError } from '../../errors.js';
import type { Input, TaskSpec } from '../../task/task.js';
import { createAnswerReader } from '../remote/answer-reader.js';
import { createHttpClient } from '../remote/http-client.js';
import { inParallel } from '../remote/in-parallel.js';
import { metered } from '../remote/metered.js';
import { headersOf } from '../remote/remote-options.js';
import { teacherVersionOf } from '../remote/teacher-version.js';
import { withinDeadline } from '../remote/within-deadline.js';
import type { Teacher } from '../teacher.js';
import { readOipAnswer } from './oip-answer.js';
import { readOipMetadata, type OipMetadata } from './oip-metadata.js';
import { modelUrlOf, type OipOptions } from './oip-options.js';
import { planOip, type OipPlan } from './oip-plan.js';
import { oipRequestBody } from './oip-request.js';
import { inOrder, rowsOfRequests } from './rows-of-requests.js';

/** The start waits so long for the metadata, ms: a teacher that is down keeps no gateway down. */
const startMsMax = 3000;

export interface OipTeacher {
  readonly teacher: Teacher;
  /** Why the server could not be asked about its model at the start; null: it fits the task. */
  readonly unchecked: GatewayError | null;
}

/** What of the options changes answers. */
export const oipVersionOf = (options: Omit<OipOptions, 'apiKey'>): string => {
  const { model, modelVersion, revision, parameters, input, output } = options;
  return teacherVersionOf('oip', [model, modelVersion, revision, parameters, input, output]);
};

/**
 * Opens a model behind the Open Inference Protocol (KServe, Triton, MLServer, Understudy) as a
 * teacher. What its server says of the model is held against the task at once; where the server
 * does not answer, before the first row.
 *
 * @param now  ms since the epoch.
 * @throws {InvalidConfigError} when the model does not fit the task.
 */
export async function openOipTeacher(
  { input, labels }: Pick<TaskSpec, 'input' | 'labels'>,
  options: OipOptions,
  now: () => number,
): Promise<OipTeacher> {
  const { name, costPerRowUsd, timeoutMs } = options;
  const secret = options.apiKey;
  const ask = createHttpClient({ name, headers: headersOf(options), secret, now });
  const { classes } = options.output;
  const reader = createAnswerReader({ name, labels, classes, costUsd: costPerRowUsd });
  const url = modelUrlOf(options);
  let plan: OipPlan | null = null;

  async function readMetadata(signal: AbortSignal): Promise<OipMetadata> {
    try {
      return readOipMetadata(name, await ask({ method: 'GET', url, body: null }, signal));
    } catch (error) {
      const isTold = input.kind === 'tensor' || options.input.name !== null;
      if (isTold && hasNoMetadata(error)) return { inputs: [], outputs: [] };
      throw error;
    }
  }

  async function readPlan(signal: AbortSignal): Promise<OipPlan> {
    return planOip({ spec: input, options }, await readMetadata(signal));
  }

  async function askRows(rows: readonly Input[], by: OipPlan, signal: AbortSignal) {
    const body = oipRequestBody(rows, { spec: input, options, plan: by });
    const answer = await ask({ method: 'POST', url: `${url}/infer`, body }, signal);
    return readOipAnswer(answer, { options, plan: by, reader, rows: rows.length });
  }

  let unchecked: GatewayError | null = null;
  try {
    const atStart = { name, timeoutMs: Math.min(startMsMax, timeoutMs) };
    plan = await withinDeadline(atStart, undefined, readPlan);
  } catch (error) {
    if (error instanceof InvalidConfigError || !(error instanceof GatewayError)) throw error;
    unchecked = error;
  }

  const teacher: Teacher = {
    name,
    version: oipVersionOf(options),
    costPerRowUsd,
    isMetered: true,
    label: (inputs, caller, { meter, answered } = {}) =>
      withinDeadline({ name, timeoutMs }, caller, async (signal) => {
        const by = (plan ??= await readPlan(signal).catch(asFailure(name)));
        const requests = rowsOfRequests(inputs, input, by.rowsMax);
        const limits = { atOnceMax: options.requestsMax, signal };
        const given = await inParallel(requests, limits, async (places) => {
          const rows = places.map((place) => inputs[place]!);
          const price = { rows: rows.length, rowUsd: costPerRowUsd };
          const answers = await metered(meter, price, () => askRows(rows, by, signal));
          answers.forEach((answer, k) => answered?.(places[k]!, answer));
          return answers;
        }).catch((error: unknown) => {
          // Another model may be there by now: the next call asks what it takes.
          if (error instanceof TeacherFailedError && !error.isRetryable) plan = null;
          throw error;
        });
        return inOrder(requests, given);
      }),
    close: async () => {},
  };
  return { teacher, unchecked };
}

/** Some servers answer and do not say what. If the model is not there, its first row finds that. */
const hasNoMetadata = (error: unknown): boolean =>
  error instanceof TeacherFailedError && [404, 405, 501].includes(Number(error.details['status']));

/** After the start it is no mistake in a file that keeps the gateway from starting. */
const asFailure =
  (name: string) =>
  (cause: unknown): never => {
    if (!(cause instanceof InvalidConfigError)) throw cause;
    const message = `Teacher ${name} can not be asked: ${cause.message}`;
    throw new TeacherFailedError(message, {}, { cause, isRetryable: false });
  };
