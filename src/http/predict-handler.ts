import type { IncomingMessage, ServerResponse } from 'node:http';
import { MethodNotAllowedError } from '../errors.js';
import { LiveCaller } from '../task/caller.js';
import { credentialsOf } from './access.js';
import { admit, answerPredict, type PredictParts } from './answer-predict.js';
import { clientOf } from './client-of.js';
import { readJson } from './read-json.js';
import { sendReply } from './reply.js';
import { shed } from './shed.js';

const predictPath = /^\/v1\/tasks\/([^/?]+)\/predict(?:\?|$)/;

/** @returns the task that a prediction path names, or null for any other path. */
export function predictTaskOf(url: string | undefined): string | null {
  const match = predictPath.exec(url ?? '');
  return match === null ? null : decoded(match[1]!);
}

/** `%64igits` is digits. A broken escape is the name of no task. */
function decoded(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * Answers `POST /v1/tasks/{task}/predict` without Express; plain requests do not even come here,
 * see `fast-path.ts`. `npm run bench -- --only single` measures all three.
 *
 * @throws {GatewayError} for the caller's own handler of problems.
 */
export async function handlePredict(
  parts: PredictParts,
  taskName: string,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const { task, key } = admit(parts, taskName, credentialsOf(request));
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    throw new MethodNotAllowedError(`Use POST, not ${request.method ?? 'nothing'}.`);
  }
  const refused = task.refusal();
  if (refused !== null) {
    shed(request, response, refused);
    return;
  }
  const body = await readJson(request, parts.requestBytesMax);
  const caller = new LiveCaller();
  response.once('close', () => {
    if (!response.writableFinished) caller.hangUp();
  });
  const client = clientOf(request, key);
  const reply = await answerPredict(task, { body, key, client, caller }, parts);

  if (parts.isDraining()) response.setHeader('connection', 'close');
  sendReply(response, reply);
}
