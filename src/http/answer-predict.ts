import { UnknownTaskError } from '../errors.js';
import type { Caller } from '../task/caller.js';
import type { TaskService } from '../task/task-service.js';
import type { CountRequest } from './count-requests.js';
import { parsePredict } from './parse-predict.js';
import type { Reply } from './reply.js';

export type PredictTask = Pick<TaskService, 'spec' | 'predict' | 'refusal'>;

export interface PredictParts {
  readonly tasks: ReadonlyMap<string, PredictTask>;
  readonly requestBytesMax: number;
  readonly batchRowsMax: number;
  readonly count: CountRequest;
  /** Called with whatever made a request fail, the caller's own mistakes included. */
  readonly onFailure: (error: unknown) => void;
  /** While true, every answer that is sent asks its client to close the connection. */
  readonly isDraining: () => boolean;
}

/** @throws {UnknownTaskError} naming those that there are. */
export function taskOf({ tasks }: PredictParts, name: string): PredictTask {
  const task = tasks.get(name);
  if (task === undefined) throw new UnknownTaskError(name, [...tasks.keys()]);
  return task;
}

/**
 * Answers the body of a prediction.
 *
 * @throws {GatewayError} whose problem document is the answer.
 */
export async function answerPredict(
  task: PredictTask,
  request: { readonly body: unknown; readonly client: string | null; readonly caller: Caller },
  { batchRowsMax }: Pick<PredictParts, 'batchRowsMax'>,
): Promise<Reply> {
  const startedMs = performance.now();
  const parsed = parsePredict(request.body, task.spec, batchRowsMax);
  const answers = await task.predict(
    {
      inputs: parsed.inputs,
      route: parsed.route,
      timeoutMs: parsed.timeoutMs,
      hasProbabilities: parsed.hasProbabilities,
      client: request.client,
      preprocessMs: performance.now() - startedMs,
    },
    request.caller,
  );
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    text: JSON.stringify(parsed.isBatch ? { answers } : answers[0]),
  };
}
