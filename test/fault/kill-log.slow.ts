import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerJson } from '../../src/http/api-types.js';
import { assertCapturedOnce, assertIntact } from '../support/captured-once.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { readLog } from '../support/read-log.js';
import { seededDraw } from '../support/seeded-draw.js';
import { gatewayToStrike, strikeGateway, type Strike } from '../support/strike-gateway.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const { dataDir, start, loadOn } = gatewayToStrike(directory);

const rounds = 50;
/** Rounds in which the gateway had ended before the blow do not count: it came too late. */
const triesMax = 2 * rounds;
/** Every so many rounds answers come from two worker processes. */
const workersEvery = 5;
const loadMsMax = 300;
const answersMin = 1_000;

const moments = ['start', 'load', 'commit', 'checkpoint', 'drain'] as const;
interface Blow {
  readonly moment: (typeof moments)[number];
  /** How far into it, in [0, 1). */
  readonly share: number;
}
/** How long each takes in a gateway that nobody kills, ms. */
interface Durations {
  readonly start: number;
  readonly drain: number;
}

/** A gateway's whole life, under load until nobody listens any more. */
async function liveWhole(workers: 1 | 2): Promise<{ took: Durations; answers: AnswerJson[] }> {
  const startedMs = performance.now();
  const gateway = await start(workers).listens;
  const listensMs = performance.now();
  const load = loadOn(gateway);
  await until('it is under load', () => load.answers.length > 300);
  const askedMs = performance.now();
  assert.equal((await gateway.stop()).code, 0);
  const took = { start: listensMs - startedMs, drain: performance.now() - askedMs };
  await load.stop();
  return { took, answers: load.answers.map(({ body }) => body as AnswerJson) };
}

/** Waits until a file has been written to so many times, or for the most a round takes. */
async function untilWritten(file: string, times: number): Promise<void> {
  let writes = 0;
  const watcher = watch(join(dataDir, file), () => writes++);
  const startedMs = performance.now();
  const isTime = (): boolean => writes >= times || performance.now() - startedMs > 3 * loadMsMax;
  await until(`write ${times} of ${file}`, isTime);
  watcher.close();
}

/** Waits for the moment of a blow in a gateway under load. */
async function momentOf({ moment, share }: Blow, gateway: GatewayProcess, took: Durations) {
  if (moment === 'load') return sleep(share * loadMsMax);
  if (moment === 'commit') return untilWritten('capture.sqlite-wal', 1 + Math.floor(share * 200));
  if (moment === 'checkpoint') return untilWritten('capture.sqlite', 1 + Math.floor(share * 5));
  await sleep(share * loadMsMax);
  gateway.child.kill('SIGTERM');
  return sleep(share * took.drain);
}

function strikeOnce(blow: Blow, workers: 1 | 2, took: Durations): Promise<Strike> {
  const started = start(workers);
  return strikeGateway(started, async () => {
    if (blow.moment === 'start') {
      await sleep(blow.share * took.start);
      return null;
    }
    const gateway = await started.listens;
    const load = loadOn(gateway);
    await momentOf(blow, gateway, took);
    return load;
  });
}

describe('kill -9 of a gateway under load', () => {
  it(`at ${rounds} moments loses no answer that was received, and doubles none`, async (test) => {
    const draw = seededDraw(7);
    const received: AnswerJson[] = [];
    const take = (answers: readonly AnswerJson[]): void => void received.push(...answers);
    const hits = new Map<string, number>();
    let hitCount = 0;
    const whole = await liveWhole(1);
    take(whole.answers);

    for (let round = 0; hitCount < rounds; round++) {
      assert.ok(round < triesMax, `only ${hitCount} of ${round} gateways were hit`);
      const blow: Blow = { moment: moments[round % moments.length]!, share: draw() };
      // As many moments as there are: each has its turn with workers.
      const workers = Math.floor(round / moments.length) % workersEvery === 0 ? 2 : 1;
      const { isHit, answers } = await strikeOnce(blow, workers, whole.took);
      take(answers);
      if (!isHit) continue;
      hitCount++;
      const name = `${blow.moment} with ${workers} ${workers === 1 ? 'process' : 'workers'}`;
      hits.set(name, (hits.get(name) ?? 0) + 1);
    }
    take((await liveWhole(1)).answers); // It opens after the last blow, too.

    test.diagnostic([...hits].map(([name, count]) => `${name}: ${count}`).join(', '));
    assert.ok(moments.every((moment) => [...hits.keys()].some((name) => name.startsWith(moment))));
    assertIntact(dataDir);
    const rows = await readLog(dataDir);
    const byTeacher = assertCapturedOnce(received, rows);
    test.diagnostic(`${byTeacher} answers of the teacher received, ${rows.length} rows`);
    assert.ok(byTeacher > answersMin);
  });
});
