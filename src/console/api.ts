import type {
  AnswerJson,
  FeedbackJson,
  FeedbackRequestBody,
  PolicyJson,
  PolicyPatchJson,
  PredictRequestBody,
  ProblemJson,
  ReviewJson,
  RunJson,
  SamplesJson,
  StudentJson,
  TaskJson,
  TrafficJson,
} from '../http/api-types.js';
import type { TradeoffJson } from '../http/api-types-tradeoff.js';
import type { TimelineJson } from '../http/api-types-timeline.js';
import { apiKey } from './api-key.js';
import { ProblemError, UnreachableError } from './failure.js';

type Signal = AbortSignal | undefined;

/** A gateway that is silent for so long counts as unreachable. */
const silenceMsMax = 15_000;

export async function getTasks(signal?: AbortSignal): Promise<readonly TaskJson[]> {
  return ((await ask('', { signal })) as { tasks: TaskJson[] }).tasks;
}

export async function getTraffic(task: string, minutes: number, signal?: AbortSignal) {
  return (await ask(`/${task}/traffic?minutes=${minutes}`, { signal })) as TrafficJson;
}

export async function getTimeline(task: string, limit: number, signal?: AbortSignal) {
  return ((await ask(`/${task}/timeline?limit=${limit}`, { signal })) as TimelineJson).events;
}

export async function getTradeoff(task: string, signal?: AbortSignal): Promise<TradeoffJson> {
  return (await ask(`/${task}/tradeoff`, { signal })) as TradeoffJson;
}

export async function updatePolicy(task: string, patch: PolicyPatchJson): Promise<PolicyJson> {
  return (await ask(`/${task}/policy`, { patch })) as PolicyJson;
}

export async function getStudents(task: string, signal?: AbortSignal) {
  return ((await ask(`/${task}/students`, { signal })) as { students: StudentJson[] }).students;
}

/** A file of a version's bundle. */
export async function getStudentFile(
  task: string,
  version: string,
  file: string,
): Promise<Response> {
  const path = `/${task}/students/${version}/files/${file}`;
  const response = await fetch(urlOf(path), { headers: keyHeaders() });
  if (response.ok) return response;
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  throw new ProblemError(
    isJson ? ((await response.json()) as ProblemJson) : foreignProblem(response),
  );
}

export async function getRuns(task: string, signal?: AbortSignal) {
  return ((await ask(`/${task}/distillations`, { signal })) as { runs: RunJson[] }).runs;
}

/** Whose evaluation page is asked for. */
export type EvaluationOwner = { readonly run: string } | { readonly version: string };

export async function getEvaluationFile(
  task: string,
  of: EvaluationOwner & { readonly file: string },
  signal: AbortSignal,
): Promise<string> {
  const owner = 'run' in of ? `distillations/${of.run}` : `students/${of.version}`;
  return reach(`/${task}/${owner}/evaluation/${of.file}`, { signal }, (answer) => answer.text());
}

export async function getSamples(
  task: string,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<SamplesJson> {
  return (await ask(`/${task}/samples?offset=${offset}&limit=${limit}`)) as SamplesJson;
}

export async function predict(task: string, body: PredictRequestBody, signal?: AbortSignal) {
  return (await ask(`/${task}/predict`, { post: body, signal })) as AnswerJson;
}

export async function getReview(task: string, limit: number) {
  return ((await ask(`/${task}/review?limit=${limit}`)) as ReviewJson).rows;
}

export async function labelRow(task: string, body: FeedbackRequestBody): Promise<FeedbackJson> {
  return (await ask(`/${task}/review`, { post: body })) as FeedbackJson;
}

export async function promote(task: string, version: string): Promise<StudentJson> {
  return (await ask(`/${task}/promote`, { post: { version } })) as StudentJson;
}

export async function rollBack(task: string): Promise<StudentJson> {
  return (await ask(`/${task}/rollback`, { post: {} })) as StudentJson;
}

export async function startDistillation(task: string): Promise<RunJson> {
  return (await ask(`/${task}/distillations?trigger=console`, { post: {} })) as RunJson;
}

export async function cancelRun(task: string, run: string): Promise<RunJson> {
  return (await ask(`/${task}/distillations/${run}`, { isDelete: true })) as RunJson;
}

/** A run as it goes on: the answer is a stream of server-sent events, until the run has ended. */
export async function openRunEvents(task: string, run: string, signal: AbortSignal) {
  const response = await fetch(urlOf(`/${task}/distillations/${run}/events`), {
    headers: keyHeaders(),
    signal,
  });
  if (!response.ok || response.body === null) throw new UnreachableError(response.status);
  return response.body;
}

function keyHeaders(): Record<string, string> {
  const key = apiKey();
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

const urlOf = (path: string): string => new URL(`v1/tasks${path}`, document.baseURI).href;

interface Asked {
  readonly post?: object;
  readonly patch?: object;
  readonly isDelete?: true;
  readonly signal?: Signal;
}

const ask = (path: string, options: Asked = {}): Promise<unknown> =>
  reach(path, options, async (response) => {
    if (!isJson(response)) throw new ProblemError(foreignProblem(response));
    return (await response.json()) as unknown;
  });

/** @throws {ProblemError} for a refusal, {UnreachableError} without a whole answer. */
async function reach<T>(
  path: string,
  { post, patch, isDelete, signal }: Asked,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const signals = [AbortSignal.timeout(silenceMsMax), ...(signal === undefined ? [] : [signal])];
  const init: RequestInit = { signal: AbortSignal.any(signals), headers: keyHeaders() };
  if (isDelete) init.method = 'DELETE';
  const body = post ?? patch;
  if (body !== undefined) {
    init.method = post === undefined ? 'PATCH' : 'POST';
    init.headers = { ...keyHeaders(), 'content-type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  try {
    const response = await fetch(urlOf(path), init);
    if (response.ok) return await read(response);
    throw new ProblemError(
      isJson(response) ? ((await response.json()) as ProblemJson) : foreignProblem(response),
    );
  } catch (error) {
    if (error instanceof ProblemError || signal?.aborted === true) throw error;
    throw new UnreachableError(error);
  }
}

const isJson = ({ headers }: Response): boolean => /json/.test(headers.get('content-type') ?? '');

/** Something between the page and the gateway answered in its place. */
function foreignProblem({ status, statusText }: Response): ProblemJson {
  return {
    type: 'about:blank',
    title: 'Something else than the gateway answered',
    status,
    detail: `HTTP ${status} ${statusText}, not JSON. Is there a proxy in between?`,
    code: 'INTERNAL',
    retryable: status >= 500,
  };
}
