import { Router, type Request, type RequestHandler } from 'express';
import { InvalidInputError, NotFoundError, UnknownTaskError } from '../errors.js';
import type { TaskService } from '../task/task-service.js';
import { credentialsOf, isForTask, keyOf, type Access } from './access.js';
import { createAt } from './allowed-methods.js';
import { addRowRoutes } from './row-routes.js';
import { addFeedbackRoutes } from './feedback-routes.js';
import { addEvaluationRoutes } from './evaluation-routes.js';
import { followRun, type OpenStreams } from './follow-run.js';
import { numberOf } from './number-of.js';
import { parsePolicy } from './parse-policy.js';
import { bodyBytesMax, isObject, readJson, readOptionalJson } from './read-json.js';
import { sendStudentFile } from './send-student-file.js';
import { shorten, showValue } from '../task/show-value.js';

const trafficMinutesMax = 60;
const samplesMax = 1_000;
const eventsMax = 1_000;

export interface TaskRoutesParts {
  readonly tasks: ReadonlyMap<string, TaskService>;
  readonly access: Access | null;
  readonly streams: OpenStreams;
}

type TaskRequest = Request<{ task: string; run: string }>;
type Handler = (task: TaskService, request: TaskRequest) => unknown;

/** Routes under `/v1/tasks`: what is served, versions, runs, policy. */
export function taskRoutes({ tasks, access, streams }: TaskRoutesParts): Router {
  const router = Router();

  const handlers = createHandlers(tasks);
  const { read, operate } = handlers;
  const at = createAt(router, access);

  at('/', {
    get: [
      'read',
      async (request, response) => {
        const key = keyOf(access, credentialsOf(request));
        const shown = [...tasks.values()].filter(({ spec }) => isForTask(key, spec.name));
        const described = shown.map((task) => task.describe());
        response.json({ tasks: await Promise.all(described) });
      },
    ],
  });
  at('/:task', { get: read((task) => task.describe()) });
  at('/:task/traffic', {
    get: read((task, { query }) =>
      task.traffic(
        numberOf(query['minutes'], 'minutes', { min: 1, max: trafficMinutesMax, or: 10 }),
      ),
    ),
  });
  at('/:task/timeline', {
    get: read((task, { query }) =>
      task.timeline(numberOf(query['limit'], 'limit', { min: 1, max: eventsMax, or: 100 })),
    ),
  });
  at('/:task/tradeoff', { get: read((task) => task.tradeoff()) });
  at('/:task/samples', { get: read(samplesOf) });
  at('/:task/students', {
    get: read(async (task) => ({ students: await task.students() })),
    post: operate(
      async (task, request) => task.addStudent(await textField(request, 'incoming')),
      201,
    ),
  });
  const giveFile: RequestHandler<{ task: string; version: string; file: string }> = async (
    { params: { task, version, file } },
    response,
  ) => sendStudentFile(response, await handlers.taskOf(task).studentFile(version, file));
  at('/:task/students/:version/files/:file', { get: ['read', giveFile] });
  at('/:task/promote', {
    post: operate(async (task, request) => task.promote(await textField(request, 'version'))),
  });
  at('/:task/rollback', {
    post: operate(async (task, request) => {
      await requireNoFields(request);
      return task.rollback();
    }),
  });
  at('/:task/policy', {
    patch: operate(async (task, request) =>
      task.updatePolicy(parsePolicy(await readJson(request, bodyBytesMax))),
    ),
  });
  addRunRoutes(at, handlers, streams);
  addFeedbackRoutes(at, handlers, access);
  addRowRoutes(at, handlers, streams);
  return router;
}

function addRunRoutes(
  at: ReturnType<typeof createAt>,
  { taskOf, read, operate }: ReturnType<typeof createHandlers>,
  streams: OpenStreams,
): void {
  at('/:task/distillations', {
    get: read((task) => ({ runs: task.runs() })),
    post: operate(async (task, request) => {
      await requireNoFields(request);
      return task.startDistillation(triggerOf(request));
    }, 202),
  });
  at('/:task/compress', {
    post: operate(async (task, request) => {
      const version = await versionIfAny(request);
      return task.startCompression(version, triggerOf(request));
    }, 202),
  });
  at('/:task/distillations/:run', {
    get: read((task, { params }) => task.run(params.run)),
    delete: operate((task, { params }) => task.cancelRun(params.run)),
  });
  const follow: RequestHandler<{ task: string; run: string }> = (request, response) => {
    followRun(taskOf(request.params.task), request.params.run, { response, streams });
  };
  at('/:task/distillations/:run/events', { get: ['read', follow] });
  addEvaluationRoutes(at, taskOf);
}

export type TaskHandlers = ReturnType<typeof createHandlers>;

/** Ways to answer for a task in JSON, each with the scope that it needs. */
function createHandlers(tasks: ReadonlyMap<string, TaskService>) {
  const taskOf = (name: string): TaskService => {
    const task = tasks.get(name);
    if (task === undefined) throw new UnknownTaskError(name, [...tasks.keys()]);
    return task;
  };
  const json =
    (handler: Handler, status: number): RequestHandler<{ task: string; run: string }> =>
    async (request, response) => {
      response.status(status).json(await handler(taskOf(request.params.task), request));
    };
  return {
    taskOf,
    predict: (handler: Handler) => ['predict', json(handler, 200)] as const,
    read: (handler: Handler) => ['read', json(handler, 200)] as const,
    operate: (handler: Handler, status = 200) => ['operate', json(handler, status)] as const,
  };
}

const samplesOf: Handler = async (task, { query }) => {
  const offset = numberOf(query['offset'], 'offset', {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    or: 0,
  });
  const limit = numberOf(query['limit'], 'limit', { min: 1, max: samplesMax, or: 100 });
  const samples = await task.samples(offset, limit);
  if (samples === null) throw new NotFoundError('This task ships no samples.');
  return samples;
};

/** The command line and the console say who they are, so that a run's history can tell. */
const triggerOf = ({ query: { trigger } }: TaskRequest): 'api' | 'cli' | 'console' =>
  trigger === 'cli' || trigger === 'console' ? trigger : 'api';

/** What to send, and where the names come from. */
const fieldAdvice = {
  version: 'Send {"version": "..."}; GET .../students lists the versions.',
  incoming: 'Send {"incoming": "..."}, the name of a bundle directory in the task\'s incoming/.',
} as const;

/** The one field of a body. */
const textField = async (request: TaskRequest, name: keyof typeof fieldAdvice): Promise<string> =>
  textIn(await readJson(request, bodyBytesMax), name);

/** @returns null without a body, and for one without a field. */
async function versionIfAny(request: TaskRequest): Promise<string | null> {
  const body = await readOptionalJson(request, bodyBytesMax);
  const isEmpty = body === undefined || (isObject(body) && Object.keys(body).length === 0);
  return isEmpty ? null : textIn(body, 'version');
}

function textIn(body: unknown, name: keyof typeof fieldAdvice): string {
  const { [name]: value, ...others } = isObject(body) ? body : {};
  const unknown = Object.keys(others)[0];
  const isNamed = typeof value === 'string' && value !== '';
  if (unknown === undefined && isNamed) return value;
  const got = value === undefined ? 'nothing' : showValue(value);
  const what = name === 'version' ? 'a version' : 'a name';
  const details =
    unknown === undefined
      ? { field: name, expected: what, got }
      : { field: shorten(unknown), expected: `${name} alone`, got: 'an unknown field' };
  throw new InvalidInputError(fieldAdvice[name], details);
}

/** What has no settings takes no body, or an object without any. */
async function requireNoFields(request: TaskRequest): Promise<void> {
  const body = await readOptionalJson(request, bodyBytesMax);
  const unknown = isObject(body) ? Object.keys(body)[0] : undefined;
  if (body === undefined || (isObject(body) && unknown === undefined)) return;
  const got = unknown === undefined ? showValue(body) : `the field ${shorten(unknown)}`;
  throw new InvalidInputError(`Send no body here, or {}: got ${got}.`, {
    field: '(body)',
    expected: 'no body, or {}',
    got,
  });
}
