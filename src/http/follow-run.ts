import type { ServerResponse } from 'node:http';
import type { TaskService } from '../task/task-service.js';
import type { RunJson } from './api-types.js';

/** Streams that have not ended, and how a draining gateway ends them: they would keep it. */
export type OpenStreams = Set<{ end(): unknown }>;

/** A silent stream is cut by proxies after a minute or so. */
const heartbeatMs = 15_000;

/**
 * Streams a run as server-sent events: `progress` at each step and `end` with the result, then
 * ends.
 *
 * @throws {NotFoundError} for an unknown run, before anything is sent.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function followRun(
  task: TaskService,
  runId: string,
  { response, streams }: { response: ServerResponse; streams: OpenStreams },
): void {
  task.run(runId);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no', // nginx would hold the events back.
  });
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  streams.add(response);
  // A drain ends streams at any moment; a write after that would be an error that ends the process.
  const write = (text: string): void => {
    if (!response.writableEnded) response.write(text);
  };
  const heartbeat = setInterval(() => write(': alive\n\n'), heartbeatMs);
  let stop = (): void => {};
  const onRun = (run: RunJson): void => {
    const isEnd = run.state !== 'running';
    write(`event: ${isEnd ? 'end' : 'progress'}\ndata: ${JSON.stringify(run)}\n\n`);
    if (isEnd) response.end();
  };
  response.once('close', () => {
    clearInterval(heartbeat);
    streams.delete(response);
    stop();
  });
  stop = task.followRun(runId, onRun);
}
