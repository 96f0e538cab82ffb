import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newHistogram } from '../../loadtest/latency-histogram.js';
import type { Generator } from '../../loadtest/generator.js';
import { offline, serverScenario, singleStream } from '../../loadtest/scenarios.js';
import type { SaturateOptions } from '../../loadtest/saturate.js';

const notImplemented = (): never => {
  throw new Error('not implemented');
};

/** Answers every closed loop with 10 answers of 1 to 10 ms in 2 s; keeps what was asked. */
function fakeGenerator(failures: Record<string, number> = {}) {
  const jobs: SaturateOptions[] = [];
  const roundTripUs = newHistogram();
  for (let ms = 1; ms <= 10; ms++) roundTripUs.recordValue(ms * 1000);
  const generator: Generator = {
    openLoop: notImplemented,
    stop: notImplemented,
    saturate: async (job) => {
      jobs.push(job);
      return { answered: 10, failures, perSecond: 5, seconds: 2, roundTripUs };
    },
  };
  return { generator, jobs };
}

const target = { url: 'http://127.0.0.1:1/', bodies: [Buffer.from('{}')], timeoutMs: 1_000 };

describe('the scenario single-stream', () => {
  it('has one request in flight, and tells the quantiles', async () => {
    const { generator, jobs } = fakeGenerator();

    const { requests, msP50, msP90 } = await singleStream(generator, target, {
      warmUpSeconds: 1,
      seconds: 2,
    });

    assert.equal(jobs[0]!.connections, 1);
    assert.equal(requests, 10);
    assert.ok(Math.abs(msP50 - 5) < 0.01 && Math.abs(msP90 - 9) < 0.01, `${msP50}, ${msP90}`);
  });

  it('fails where requests do', async () => {
    const { generator } = fakeGenerator({ '503': 2, timeout: 1 });
    const running = singleStream(generator, target, { warmUpSeconds: 0, seconds: 1 });

    await assert.rejects(running, /2 x 503, 1 x timeout/);
  });
});

describe('the scenario offline', () => {
  it('counts the rows of whole batches', async () => {
    const { generator, jobs } = fakeGenerator();

    const result = await offline(generator, target, {
      rowsPerBody: 64,
      batches: 10,
      secondsMax: 60,
    });

    assert.deepEqual(result, { rows: 640, rowsPerSecond: 320 });
    assert.deepEqual([jobs[0]!.requestsMax, jobs[0]!.seconds], [10, 60]);
  });
});

describe('the scenario server', () => {
  const options = { lowPerSecond: 100, highPerSecond: 900, msP99Max: 20, stepsMax: 7 };
  /** A server whose p99 passes 20 ms above `limit` requests a second. */
  const serverUpTo = (limit: number, unsoundFrom = Infinity) => {
    const tried: number[] = [];
    const attempt = async (ratePerSecond: number) => {
      tried.push(ratePerSecond);
      const msP99 = ratePerSecond <= limit ? 10 : 30;
      return { ratePerSecond, msP99, isSound: ratePerSecond < unsoundFrom };
    };
    return { attempt, tried };
  };

  it('closes in on the highest rate that holds the bound, in so many steps', async () => {
    const { attempt, tried } = serverUpTo(333);

    const { ratePerSecond, trials } = await serverScenario(attempt, options);

    assert.deepEqual(tried, [100, 500, 300, 400, 350, 325, 337.5]);
    assert.equal(ratePerSecond, 325);
    assert.equal(trials.length, 7);
  });

  it('is 0 when the lowest rate does not hold', async () => {
    const { attempt, tried } = serverUpTo(50);

    assert.equal((await serverScenario(attempt, options)).ratePerSecond, 0);
    assert.deepEqual(tried, [100]);
  });

  it('does not believe a rate at which answers were missing or the load was late', async () => {
    const { attempt } = serverUpTo(1_000, 200);

    assert.ok((await serverScenario(attempt, options)).ratePerSecond < 200);
  });
});
