import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  explainFailure,
  gatewayEnded,
  ReplayFailedError,
} from '../../src/replay/replay-failed-error.js';

const broken = (code: string): Error => Object.assign(new Error(`read ${code}`), { code });
const never = new Promise<never>(() => {});

describe('why a replay failed', () => {
  it('is the end of the gateway, where a connection broke first', async () => {
    const end = gatewayEnded(1);
    const fetchFailed = new TypeError('fetch failed', { cause: broken('ECONNREFUSED') });

    for (const error of [broken('ECONNRESET'), fetchFailed])
      assert.equal(await explainFailure(error, Promise.reject(end)), end);
    assert.match(end.message, /ended \(with code 1\)\. What it wrote to its log stands above/);
  });

  it('is a gateway that does not answer, where it has not ended', async () => {
    const why = await explainFailure(broken('ECONNRESET'), never);

    assert.ok(why instanceof ReplayFailedError);
    assert.match(why.message, /runs, and does not answer \(Error: read ECONNRESET\)/);
  });

  it('stays what it is, where it is none of the connection', async () => {
    for (const error of [new TypeError('our bug'), broken('ENOSPC')])
      assert.equal(await explainFailure(error, never), error);
  });
});
