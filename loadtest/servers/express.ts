import { createServer } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { loadSettings } from '../../src/cli/load-settings.js';
import { outsideOf } from '../../src/cli/serve.js';
import { openTasks } from '../../src/compose.js';
import { UnknownTaskError } from '../../src/errors.js';
import { clientOf } from '../../src/http/client-of.js';
import { parsePredict } from '../../src/http/parse-predict.js';
import { sendProblem } from '../../src/http/problem.js';
import { LiveCaller } from '../../src/task/caller.js';
import { announce } from './announce.js';

/*
 * The gateway's task service behind Express 5 as most people would write it: express.json, a route,
 * `response.json`. Checks, provenance, metrics and capture log are the gateway's own; only the way
 * from the socket to `task.predict` and back is another. Without the gateway's security headers, so
 * that Express is not charged for them. Argument: a data directory.
 */

const [dataDir] = process.argv.slice(2);
const { config, sources } = loadSettings({
  file: undefined,
  flags: { UNDERSTUDY_DATA_DIR: dataDir },
});
const { tasks, metrics } = await openTasks(config, sources, outsideOf('warn'));
for (const task of tasks.values()) task.start();

const predict: RequestHandler<{ task: string }> = async (request, response) => {
  const task = tasks.get(request.params.task);
  if (task === undefined) throw new UnknownTaskError(request.params.task, [...tasks.keys()]);
  const startedMs = performance.now();
  const body = request.body as unknown;
  const { isBatch, ...parsed } = parsePredict(body, task.spec, config.batchRowsMax);
  const caller = new LiveCaller();
  response.once('close', () => {
    if (!response.writableFinished) caller.hangUp();
  });
  const preprocessMs = performance.now() - startedMs;
  const client = clientOf(request, null);
  const answers = await task.predict({ ...parsed, client, preprocessMs }, caller);
  response.json(isBatch ? { answers } : answers[0]);
};

// eslint-disable-next-line max-params -- Express knows an error handler by its four parameters.
const problems: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) next(error);
  else sendProblem(response, error);
};

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.use((_request, response, next) => {
  response.once('finish', () =>
    metrics.add('httpRequests', { path: 'predict', status: String(response.statusCode) }),
  );
  next();
});
app.use(express.json({ limit: config.requestBytesMax }));
app.post('/v1/tasks/:task/predict', predict);
app.use(problems);
await announce(createServer(app));
