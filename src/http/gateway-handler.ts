import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Metrics } from '../telemetry/metrics.js';
import { handlePredict, predictTaskOf, type PredictHandlerParts } from './predict-handler.js';
import { sendProblem } from './problem.js';

export interface GatewayHandlerParts extends PredictHandlerParts {
  /** Answers everything but predictions. */
  readonly others: RequestListener;
  readonly metrics: Pick<Metrics, 'counterOf'>;
  /** Called with whatever made a request fail, the caller's own mistakes included. */
  readonly onFailure: (error: unknown) => void;
}

/** Everything that the gateway answers: predictions at once, the rest elsewhere. */
export function createGatewayHandler(parts: GatewayHandlerParts): RequestListener {
  const { metrics, others } = parts;

  const counters = new Map<string, (amount: number) => void>();
  function count(path: string, status: number): void {
    const key = `${path} ${status}`;
    const counter =
      counters.get(key) ?? metrics.counterOf('httpRequests', { path, status: String(status) });
    counters.set(key, counter);
    counter(1);
  }

  async function predict(
    task: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      await handlePredict(parts, task, { request, response });
      count('predict', response.destroyed ? goneStatus : response.statusCode);
    } catch (error) {
      parts.onFailure(error);
      if (parts.isDraining()) response.setHeader('connection', 'close');
      sendProblem(response, error);
      count('predict', response.destroyed ? goneStatus : response.statusCode);
    }
  }

  return (request, response) => {
    const task = predictTaskOf(request.url);
    if (task === null) {
      closeWhileDraining(response, parts.isDraining);
      response.once('finish', () => count('other', response.statusCode));
      others(request, response);
    } else void predict(task, request, response);
  };
}

/** Counted for who hung up before the answer, as nginx does. */
const goneStatus = 499;

/** Looks when the answer is sent: a drain may have started since the request came. */
function closeWhileDraining(response: ServerResponse, isDraining: () => boolean): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  response.writeHead = (...given: unknown[]) => {
    if (isDraining()) response.setHeader('connection', 'close');
    return writeHead(...given);
  };
}
