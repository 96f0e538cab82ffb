import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, it, mock } from 'node:test';
import request from 'supertest';
import type { RunJson } from '../../src/http/api-types.js';
import { runJson } from '../support/api-values.js';
import { openHttpGateway } from '../support/http-gateway.js';
import { turnsOfTheLoop, until } from '../support/until.js';

const path = '/v1/tasks/squares/distillations/run-1/events';

/** A gateway whose run a test moves on by hand. */
async function openRun(first: RunJson = runJson()) {
  const listeners = new Set<(run: RunJson) => void>();
  const gateway = await openHttpGateway({
    run: () => first,
    followRun: (_id, listener) => {
      listeners.add(listener);
      listener(first);
      return () => listeners.delete(listener);
    },
  });
  const step = (run: RunJson): void => listeners.forEach((listener) => listener(run));
  return { ...gateway, listeners, step };
}

async function follow(port: number): Promise<{ response: IncomingMessage; text: () => string }> {
  const sent = httpRequest({ port, host: '127.0.0.1', path });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => (text += chunk));
  response.on('error', () => {}); // A test may hang up.
  return { response, text: () => text };
}

const eventsOf = (text: string): { event: string; run: RunJson }[] =>
  [...text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g)].map(([, event, data]) => ({
    event: event!,
    run: JSON.parse(data!) as RunJson,
  }));

describe('the events of a run', () => {
  it('are its state now, each step, and its end, after which the stream ends', async () => {
    const run = await openRun();
    const halfway = runJson({ share: 0.5, stage: 'train' });
    const end = runJson({ state: 'promoted', share: 1, endedAtMs: 1 });

    const { response, text } = await follow(run.port);
    await until('the first event', () => eventsOf(text()).length === 1);
    run.step(halfway);
    run.step(end);
    await once(response, 'end');

    assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(response.headers['cache-control'], 'no-store');
    assert.deepEqual(eventsOf(text()), [
      { event: 'progress', run: runJson() },
      { event: 'progress', run: halfway },
      { event: 'end', run: end },
    ]);
    await until('nobody listens', () => run.listeners.size === 0 && run.streams.size === 0);
  });

  it('are only the end for a run that has ended', async () => {
    const ended = runJson({ state: 'rejected', reasons: ['Worse.'] });
    const run = await openRun(ended);

    const { response, text } = await follow(run.port);
    await once(response, 'end');

    assert.deepEqual(eventsOf(text()), [{ event: 'end', run: ended }]);
    await until('nobody listens', () => run.listeners.size === 0 && run.streams.size === 0);
  });

  it('stop being listened to when the reader hangs up', async () => {
    const run = await openRun();
    const { response } = await follow(run.port);
    await until('the stream is open', () => run.streams.size === 1);

    response.destroy();

    await until('nobody listens', () => run.listeners.size === 0 && run.streams.size === 0);
  });

  it('end at a drain, and steps of the run that come then do no harm', async () => {
    const run = await openRun();
    const { response, text } = await follow(run.port);
    await until('the first event', () => eventsOf(text()).length === 1);

    const ended = once(response, 'end');
    for (const stream of run.streams) stream.end();
    run.step(runJson({ share: 0.9 })); // A write after the end would be an uncaught error.
    run.step(runJson({ state: 'failed' }));
    await ended;
    await turnsOfTheLoop();

    assert.equal(eventsOf(text()).length, 1);
    assert.equal((await request(run.server).get('/healthz')).status, 200);
  });

  it('have heartbeats in between, so that no proxy takes a quiet run for a dead one', async () => {
    mock.timers.enable({ apis: ['setInterval'] });
    try {
      const run = await openRun();
      const { text } = await follow(run.port);
      await until('the first event', () => eventsOf(text()).length === 1);

      mock.timers.tick(15_000);
      await until('a heartbeat', () => text().includes(': alive\n\n'));

      assert.equal(eventsOf(text()).length, 1);
    } finally {
      mock.timers.reset();
    }
  });

  it('can be asked for by HEAD, which ends at once', async () => {
    const run = await openRun();

    const response = await request(run.server).head(path);

    assert.equal(response.status, 200);
    assert.equal(run.streams.size, 0);
    assert.equal(run.listeners.size, 0);
  });
});
