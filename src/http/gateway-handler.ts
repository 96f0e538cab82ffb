import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { PredictParts } from './answer-predict.js';
import { goneStatus } from './count-requests.js';
import { handlePredict, predictTaskOf } from './predict-handler.js';
import { sendProblem } from './problem.js';

export interface GatewayHandlerParts extends PredictParts {
  /** Answers everything but predictions. */
  readonly others: RequestListener;
}

/** Everything that the gateway answers: predictions at once, the rest elsewhere. */
export function createGatewayHandler(parts: GatewayHandlerParts): RequestListener {
  const { count, others } = parts;

  async function predict(
    task: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      await handlePredict(parts, task, { request, response });
    } catch (error) {
      parts.onFailure(error);
      if (parts.isDraining()) response.setHeader('connection', 'close');
      sendProblem(response, error);
    }
    count('predict', response.destroyed ? goneStatus : response.statusCode);
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

/** Looks when the answer is sent: a drain may have started since the request came. */
function closeWhileDraining(response: ServerResponse, isDraining: () => boolean): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  response.writeHead = (...given: unknown[]) => {
    if (isDraining()) response.setHeader('connection', 'close');
    return writeHead(...given);
  };
}
