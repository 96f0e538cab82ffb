import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { ForbiddenError, InvalidInputError, NotFoundError } from '../errors.js';
import type { Metrics } from '../telemetry/metrics.js';
import { credentialsOf, keyOf } from './access.js';
import { createAt } from './allowed-methods.js';
import type { OpenStreams } from './follow-run.js';
import { addKeyRoutes, type KeyRoutesParts } from './key-routes.js';
import { oipRoutes, type OipRoutesParts } from './oip/oip-routes.js';
import { sendProblem } from './problem.js';
import { shorten } from '../task/show-value.js';
import { taskRoutes } from './task-routes.js';

export interface AppParts extends OipRoutesParts, KeyRoutesParts {
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  /** Answers that go on for long are kept here; the owner ends them when it drains. */
  readonly streams: OpenStreams;
  /** Directory of the built console; a missing one leaves `/` without a page. */
  readonly consoleDir: string;
}

/** Builds every route but predictions. Opens no port and reads no environment. */
export function createApp(parts: AppParts): Express {
  const { access, metrics, isReady, consoleDir } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag'); // Answers change all the time.
  app.use(helmet(securityHeaders));
  app.use(refuseCrossSite);

  const at = createAt(app, access);
  at('/healthz', { get: ['open', (_request, response) => void response.json({ status: 'ok' })] });
  at('/readyz', {
    get: [
      'open',
      (_request, response) => {
        const isUp = isReady();
        response.status(isUp ? 200 : 503).json({ status: isUp ? 'ready' : 'not-ready' });
      },
    ],
  });
  at('/metrics', {
    get: [
      'open',
      async (_request, response) => {
        const text = await metrics.text();
        response.set('content-type', metrics.contentType).send(text);
      },
    ],
  });
  app.use(express.static(consoleDir, { maxAge: '1h', setHeaders: revalidatePages }));
  app.use('/v2', oipRoutes(parts)); // Its probes are open to all.
  app.use((request, _response, next) => {
    keyOf(access, credentialsOf(request)); // Whatever comes below is open to nobody without a key.
    next();
  });
  addKeyRoutes(at, parts);
  app.use('/v1/tasks', taskRoutes(parts));
  app.use((request) => {
    throw new NotFoundError(
      `There is no ${request.method} ${request.path}. See README.md, HTTP API.`,
    );
  });
  app.use(problemHandler(parts.onFailure));
  return app;
}

const securityHeaders = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      // The console runs students: WebAssembly may be compiled, texts not.
      scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
      imgSrc: ["'self'", 'data:'],
      // The console sets sizes of bars as style attributes.
      styleSrc: ["'self'", "'unsafe-inline'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
  },
  strictTransportSecurity: false, // TLS, if any, ends in front of the gateway.
} as const;

/** A page of another site must not steer a gateway that its reader can reach. */
const refuseCrossSite: RequestHandler = (request, _response, next) => {
  const site = request.headers['sec-fetch-site'];
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (isReading || site === undefined || site === 'same-origin' || site === 'none') {
    next();
    return;
  }
  throw new ForbiddenError('This change was asked for by a page of another site.', { site });
};

/** The page itself names its scripts by content: it must be fresh, they may be kept. */
function revalidatePages(response: { setHeader(name: string, value: string): void }, path: string) {
  if (path.endsWith('.html')) response.setHeader('cache-control', 'no-cache');
}

/** Express 5 sends rejected handlers here by itself, so no route needs a try/catch. */
function problemHandler(onFailure: AppParts['onFailure']): ErrorRequestHandler {
  // eslint-disable-next-line max-params -- Express knows an error handler by its four parameters.
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = isClientError(error) ? invalidPath(error, request.path) : error;
    onFailure(known);
    sendProblem(response, known);
  };
}

function invalidPath(cause: Error, path: string): InvalidInputError {
  const advice = 'Write what is not a plain letter as UTF-8 in %-escapes, and % itself as %25.';
  const expected = 'only whole %-escapes of UTF-8, such as %20';
  const details = { field: '(path)', expected, got: shorten(path) };
  return new InvalidInputError(`${cause.message}. ${advice}`, details, { cause });
}

/** Express marks its own failures (such as a broken %-escape in a path) with a status. */
function isClientError(error: unknown): error is Error & { status: number } {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500;
}
