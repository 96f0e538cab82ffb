import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, describe, it } from 'node:test';
import { digitImages, singleBodies } from '../../loadtest/bench/digits-bodies.js';
import { startServer } from '../../loadtest/server-process.js';
import { gatewayEntry } from '../../loadtest/bench/gateway.js';
import type { AnswerJson } from '../../src/http/api-types.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const entryOf = (name: string): string =>
  fileURLToPath(new URL(`../../loadtest/servers/${name}.js`, import.meta.url));
const predict = '/v1/tasks/digits/predict';

async function ask<T>(url: string, body: Buffer): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: body.toString() });
  assert.equal(response.status, 200);
  return (await response.json()) as T;
}

describe('the servers that the gateway is compared with', async () => {
  const dir = temporaryDirectory();
  const gateway = await startServer({
    entry: gatewayEntry,
    args: ['serve', '--port', '0', '--data-dir', join(dir, 'gateway')],
  });
  const bare = await startServer({ entry: entryOf('bare') });
  const express = await startServer({ entry: entryOf('express'), args: [join(dir, 'express')] });
  after(() => Promise.all([gateway.stop(), bare.stop(), express.stop()]));
  const bodies = singleBodies((await digitImages()).slice(0, 20), { route: 'student' });

  it('give the labels that the gateway gives', async () => {
    for (const body of bodies) {
      const { label } = await ask<AnswerJson>(`${gateway.url}${predict}`, body);

      assert.deepEqual(await ask(`${bare.url}/`, body), { label });
      assert.equal((await ask<AnswerJson>(`${express.url}${predict}`, body)).label, label);
    }
  });

  it('give in Express the whole answer, and the same refusals', async () => {
    const whole = await ask<AnswerJson>(`${gateway.url}${predict}`, bodies[0]!);
    const same = await ask<AnswerJson>(`${express.url}${predict}`, bodies[0]!);
    const refused = await fetch(`${express.url}${predict}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"input":"AAAA"}',
    });

    assert.deepEqual(Object.keys(same), Object.keys(whole));
    assert.deepEqual(Object.keys(same.latencyMs), Object.keys(whole.latencyMs));
    assert.equal(refused.status, 400);
    assert.match(refused.headers.get('content-type') ?? '', /problem\+json/);
  });
});
