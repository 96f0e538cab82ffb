import { UnknownTaskError } from '../errors.js';
import type { ApiKey } from '../keys/api-key.js';
import type { Caller } from '../task/caller.js';
import type { TaskService } from '../task/task-service.js';
import { keyOf, requireScope, type Access, type Credentials } from './access.js';
import type { CountRequest } from './count-requests.js';
import { keyBudgetOf } from './key-budget-of.js';
import { parsePredict } from './parse-predict.js';
import type { Reply } from './reply.js';

export type PredictTask = Pick<TaskService, 'spec' | 'predict' | 'refusal'>;

export interface PredictParts {
  readonly tasks: ReadonlyMap<string, PredictTask>;
  /** Null: the gateway has no keys. */
  readonly access: Access | null;
  readonly requestBytesMax: number;
  readonly batchRowsMax: number;
  readonly count: CountRequest;
  /** Called with whatever made a request fail, the caller's own mistakes included. */
  readonly onFailure: (error: unknown) => void;
  /** While true, every answer that is sent asks its client to close the connection. */
  readonly isDraining: () => boolean;
}

/**
 * Looks at what can be seen before the body: who asks, and what of.
 *
 * @throws {UnauthenticatedError}, {ForbiddenError} for a key that may not ask for predictions of
 *         this task, {UnknownTaskError} naming those that there are.
 */
export function admit(
  { tasks, access }: PredictParts,
  name: string,
  credentials: Credentials,
): { readonly task: PredictTask; readonly key: ApiKey | null } {
  const key = keyOf(access, credentials);
  requireScope(key, 'predict', name);
  const task = tasks.get(name);
  if (task === undefined) throw new UnknownTaskError(name, [...tasks.keys()]);
  return { task, key };
}

/** What came in, and from whom. */
export interface PredictCall {
  readonly body: unknown;
  readonly key: ApiKey | null;
  readonly client: string | null;
  readonly caller: Caller;
}

/**
 * Answers the body of a prediction.
 *
 * @throws {GatewayError} whose problem document is the answer.
 */
export async function answerPredict(
  task: PredictTask,
  call: PredictCall,
  { batchRowsMax }: Pick<PredictParts, 'batchRowsMax'>,
): Promise<Reply> {
  const startedMs = performance.now();
  const parsed = parsePredict(call.body, task.spec, batchRowsMax);
  // Whoever may not choose is told so: another answer than the one asked for would pass for it.
  if (parsed.route !== 'auto') requireScope(call.key, 'override', task.spec.name);
  const answers = await task.predict(
    {
      inputs: parsed.inputs,
      route: parsed.route,
      timeoutMs: parsed.timeoutMs,
      hasProbabilities: parsed.hasProbabilities,
      client: call.client,
      keyBudget: keyBudgetOf(call.key),
      subject: parsed.subject,
      isStored: parsed.isStored,
      preprocessMs: performance.now() - startedMs,
    },
    call.caller,
  );
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    text: JSON.stringify(parsed.isBatch ? { answers } : answers[0]),
  };
}
