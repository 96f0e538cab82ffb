import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerJson } from '../../src/http/api-types.js';
import { assertCapturedOnce } from '../support/captured-once.js';
import type { StartedGateway } from '../support/gateway-process.js';
import type { Load } from '../support/load.js';
import {
  skipWithoutPostgres,
  startPostgres,
  type PostgresServer,
} from '../support/postgres-server.js';
import { readLog } from '../support/read-log.js';
import { seededDraw } from '../support/seeded-draw.js';
import { gatewayToStrike, strikeGateway } from '../support/strike-gateway.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const { dataDir, start, loadOn } = gatewayToStrike(directory);

/** Each moment in turn, and each once with workers. */
const rounds = 12;
/** Rounds in which the gateway had ended before the blow do not count: it came too late. */
const triesMax = 2 * rounds;
const moments = ['start', 'load', 'answer', 'drain'] as const;
const loadMsMax = 300;
/** The blow falls as soon as so many answers have come, at most. */
const answersMax = 120;
/** Of a gateway that nobody kills, about, ms; on a slow machine blows fall early in it. */
const startMs = 1_000;
const drainMs = 60;

let server: PostgresServer;
const bodiesOf = (load: Load): readonly AnswerJson[] =>
  load.answers.map(({ body }) => body as AnswerJson);
const routesOf = (load: Load, route: AnswerJson['route'], from: number): number =>
  bodiesOf(load)
    .slice(from)
    .filter((answer) => answer.route === route).length;

/** Waits for a moment in a gateway's life. @param share  how far into it, in [0, 1). */
async function momentOf(
  { listens }: StartedGateway,
  moment: (typeof moments)[number],
  share: number,
): Promise<Load | null> {
  if (moment === 'start') {
    await sleep(share * startMs);
    return null;
  }
  const gateway = await listens;
  const load = loadOn(gateway);
  if (moment === 'answer')
    await until('an answer has come', () => load.answers.length > share * answersMax);
  else await sleep(share * loadMsMax);
  if (moment === 'drain') {
    gateway.child.kill('SIGTERM');
    await sleep(share * drainMs);
  }
  return load;
}

describe('kill -9 with the log in PostgreSQL', { skip: skipWithoutPostgres() }, () => {
  const received: AnswerJson[] = [];
  before(async () => {
    server = await startPostgres({ isDurable: true });
  });
  after(() => server.stop());

  it(`of a gateway at ${rounds} moments loses no answer, and doubles none`, async (test) => {
    const draw = seededDraw(11);
    const hits = new Map<string, number>();
    let hitCount = 0;

    for (let round = 0; hitCount < rounds; round++) {
      assert.ok(round < triesMax, `only ${hitCount} of ${round} gateways were hit`);
      const moment = moments[round % moments.length]!;
      const workers = round < moments.length ? 2 : 1;
      const started = start(workers, { DATABASE_URL: server.url });
      const share = draw();
      const { isHit, answers } = await strikeGateway(started, () =>
        momentOf(started, moment, share),
      );
      received.push(...answers);
      if (!isHit) continue;
      hitCount++;
      const name = `${moment} with ${workers} ${workers === 1 ? 'process' : 'workers'}`;
      hits.set(name, (hits.get(name) ?? 0) + 1);
    }

    test.diagnostic([...hits].map(([name, count]) => `${name}: ${count}`).join(', '));
    assert.ok(moments.every((moment) => [...hits.keys()].some((name) => name.startsWith(moment))));
    const rows = await readLog(dataDir, server.url);
    const byTeacher = assertCapturedOnce(received, rows);
    test.diagnostic(`${byTeacher} answers of the teacher received, ${rows.length} rows`);
    assert.ok(byTeacher > 50);
  });

  it('of the server loses no answer, and the gateway goes on by itself', async (test) => {
    const gateway = await start(1, { DATABASE_URL: server.url }).listens;
    const load = loadOn(gateway);
    await until('it is under load', () => load.answers.length > 200);
    await server.kill();
    const killedAt = load.answers.length;
    await until('it answers all the same', () => routesOf(load, 'degraded', killedAt) > 20);
    await server.startAgain();
    const backMs = performance.now();
    const backAt = load.answers.length;
    await until('the teacher answers again', () => routesOf(load, 'teacher', backAt) > 100);
    test.diagnostic(`100 answers ${Math.round(performance.now() - backMs)} ms after its return`);
    const { code } = await gateway.stop();
    await load.stop();

    assert.equal(code, 0);
    received.push(...bodiesOf(load));
    assert.ok(assertCapturedOnce(received, await readLog(dataDir, server.url)) > 200);
    assert.deepEqual(
      load.answers.filter(({ status }) => status !== 200).map(({ body }) => body),
      [],
    );
  });
});
