import { Router, type ErrorRequestHandler, type Request, type RequestHandler } from 'express';
import { UnknownTaskError, UnsupportedMediaTypeError } from '../../errors.js';
import { LiveCaller } from '../../task/caller.js';
import type { TaskService } from '../../task/task-service.js';
import { credentialsOf, keyOf, requireScope, type Access } from '../access.js';
import { createAt } from '../allowed-methods.js';
import { clientOf } from '../client-of.js';
import { keyBudgetOf } from '../key-budget-of.js';
import { parseOptions } from '../parse-predict.js';
import { problemOf, sendProblem } from '../problem.js';
import { isJson, readBody, requireIdentity } from '../read-json.js';
import { inferAnswer } from './infer-answer.js';
import { oipInputsOf, oipOutputsOf } from './oip-tensors.js';
import { parseInfer } from './parse-infer.js';
import { parseOipBody } from './parse-oip-body.js';

export interface OipRoutesParts {
  readonly tasks: ReadonlyMap<string, TaskService>;
  /** Null: the gateway has no keys. */
  readonly access: Access | null;
  readonly isReady: () => boolean;
  readonly requestBytesMax: number;
  readonly batchRowsMax: number;
  /** Called with whatever made a request fail, the caller's own mistakes included. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Routes under `/v2`: the Open Inference Protocol, version 2, over REST. A task is a model, so that
 * whatever talks to KServe or Triton can ask it, another gateway's teacher among them.
 */
export function oipRoutes(parts: OipRoutesParts): Router {
  const { tasks, access, isReady } = parts;
  const router = Router();
  const at = createAt(router, access);
  const taskOf = ({ params }: Request<{ task: string }>): TaskService => {
    const task = tasks.get(params.task);
    if (task === undefined) throw new UnknownTaskError(params.task, [...tasks.keys()]);
    return task;
  };
  const ready: RequestHandler = (_request, response) =>
    void response.status(isReady() ? 200 : 503).json({ ready: isReady() });

  at('/', {
    get: ['open', (_request, response) => void response.json({ ...server, extensions: [] })],
  });
  at('/health/live', { get: ['open', (_request, response) => void response.json({ live: true })] });
  at('/health/ready', { get: ['open', ready] });
  const describe: RequestHandler<{ task: string }> = (request, response) => {
    const { spec } = taskOf(request);
    response.json({
      name: spec.name,
      platform: 'understudy',
      inputs: oipInputsOf(spec),
      outputs: oipOutputsOf(spec),
    });
  };
  at('/models/:task', { get: ['predict', describe] });
  const modelReady: RequestHandler<{ task: string }> = (request, response) => {
    const { name } = taskOf(request).spec;
    response.status(isReady() ? 200 : 503).json({ name, ready: isReady() });
  };
  at('/models/:task/ready', { get: ['predict', modelReady] });
  const infer: RequestHandler<{ task: string }> = async (request, response) => {
    const task = taskOf(request);
    response.json(await inferRows(task, request, parts));
  };
  at('/models/:task/infer', { post: ['predict', infer] });
  router.use(refusals(parts.onFailure));
  return router;
}

const server = { name: 'understudy', version: '2' } as const;

async function inferRows(
  task: TaskService,
  request: Request<{ task: string }>,
  { access, requestBytesMax, batchRowsMax }: OipRoutesParts,
): Promise<object> {
  const key = keyOf(access, credentialsOf(request));
  const refused = task.refusal();
  if (refused !== null) throw refused;
  requireOipType(request);
  const bytes = await readBody(request, requestBytesMax);
  const jsonLength = request.headers['inference-header-content-length'];
  const body = parseOipBody(bytes, jsonLength === undefined ? undefined : String(jsonLength));
  const caller = new LiveCaller();
  const { res: response } = request;
  response?.once('close', () => {
    if (!response.writableFinished) caller.hangUp();
  });
  const startedMs = performance.now();
  const parsed = parseInfer(body, task.spec, batchRowsMax);
  const options = parseOptions(parsed.parameters);
  if (options.route !== 'auto') requireScope(key, 'override', task.spec.name);
  const { inputs, outputs } = parsed;
  const answers = await task.predict(
    {
      ...{ inputs, ...options },
      hasProbabilities: outputs === null || outputs.includes('probabilities'),
      client: clientOf(request, key),
      keyBudget: keyBudgetOf(key),
      preprocessMs: performance.now() - startedMs,
    },
    caller,
  );
  return inferAnswer(answers, parsed, task.spec);
}

/** Triton's own clients name no type, or that of bytes. */
function requireOipType({ headers }: Request<{ task: string }>): void {
  const type = headers['content-type'];
  requireIdentity(headers);
  if (type === undefined || isJson(type) || type === 'application/octet-stream') return;
  const expected = 'application/json, or application/octet-stream with binary tensor data';
  const details = { field: 'content-type', expected, got: type };
  throw new UnsupportedMediaTypeError(`Send the body as ${expected}.`, details);
}

/** Problem documents that have the `error` of this protocol, too. */
function refusals(onFailure: OipRoutesParts['onFailure']): ErrorRequestHandler {
  // eslint-disable-next-line max-params -- Express knows an error handler by its four parameters.
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    onFailure(error);
    sendProblem(response, error, { error: problemOf(error).detail });
  };
}
