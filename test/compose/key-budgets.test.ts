import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import type { KeyJson } from '../../src/http/api-types-keys.js';
import { keysFileText } from '../support/key-ring.js';
import { jsonReply, startTeacherServer } from '../support/teacher-server.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { scrape, startWorkers } from '../support/workers.js';

const directory = temporaryDirectory();
const rowUsd = 0.01;
/** A thirtieth of it, ten rows, can go at once; another row every 12 s. */
const shopUsdPerHour = 3;
const rowsAtOnce = 10;
const rowsPerMs = (shopUsdPerHour - rowsAtOnce * rowUsd) / rowUsd / 3_600_000;
/** Enough connections at once for each of two workers to have some. */
const callers = 8;
const rowsOfCaller = 5;

describe('the budget of an API key, with two workers', () => {
  it('is never overspent, and binds no other key', async () => {
    const asked: string[] = [];
    const teacher = await startTeacherServer(({ text }) => {
      asked.push((JSON.parse(text) as { input: string }).input);
      return jsonReply({ label: 'good' });
    });
    const taskFile = join(directory, 'task.yaml');
    const task = {
      ...{ name: 'moods', title: 'Moods', labels: ['bad', 'good'] },
      input: { kind: 'text', charsMax: 100 },
      teacher: {
        ...{ kind: 'http', name: 'remote', costPerRowUsd: rowUsd, url: `${teacher.url}/label` },
        answer: { label: '/label' },
      },
      policy: { riskMax: 0.05 },
    };
    writeFileSync(taskFile, stringify(task));
    const keysFile = join(directory, 'keys.json');
    const keys = { shop: { usdPerHour: shopUsdPerHour }, rich: { usdPerHour: 1000 }, free: {} };
    writeFileSync(keysFile, keysFileText(keys));
    const env = { UNDERSTUDY_KEYS_FILE: keysFile };
    const gateway = await startWorkers({ dataDir: join(directory, 'data'), taskFile, env });
    const send = async (key: string, path: string, body?: object) => {
      const headers = { 'content-type': 'application/json', 'x-api-key': key };
      const options = body && { method: 'POST', body: JSON.stringify(body) };
      const response = await fetch(`${gateway.url}/v1/${path}`, { headers, ...options });
      return { status: response.status, body: await response.json() };
    };
    /** Nothing is kept of it, so none is held out and labelled for the operator. */
    const predict = async (key: string, caller: number, row: number) =>
      send(key, 'tasks/moods/predict', {
        ...{ input: `${key} ${caller} ${row}`, noStore: true },
      });

    const startedMs = performance.now();
    const outcomes = await Promise.all(
      ['shop', 'rich', 'free'].flatMap((key) =>
        Array.from({ length: callers }, async (_, caller) => {
          const answers = [];
          for (let row = 0; row < rowsOfCaller; row++)
            answers.push({ key, ...(await predict(key, caller, row)) });
          return answers;
        }),
      ),
    );
    const tookMs = performance.now() - startedMs;
    const self = Object.fromEntries(
      await Promise.all(
        Object.keys(keys).map(async (key) => [key, (await send(key, 'keys/self')).body]),
      ),
    ) as Record<string, KeyJson>;
    const page = await scrape(gateway.url);
    await gateway.stop();

    const statusesOf = (name: string) =>
      outcomes.flat().flatMap(({ key, status }) => (key === name ? [status] : []));
    const paidFor = (key: string) => asked.filter((text) => text.startsWith(`${key} `)).length;
    const shopPaid = paidFor('shop');
    const most = rowsAtOnce + Math.floor(rowsPerMs * tookMs);
    assert.ok(shopPaid >= rowsAtOnce && shopPaid <= most, `${shopPaid}, at most ${most}`);
    assert.equal(statusesOf('shop').filter((status) => status === 200).length, shopPaid);
    assert.deepEqual(new Set(statusesOf('shop')), new Set([200, 503]));
    for (const key of ['rich', 'free']) {
      assert.deepEqual(new Set(statusesOf(key)), new Set([200]), key);
      assert.equal(paidFor(key), callers * rowsOfCaller);
    }
    const spent = (key: string) => Number(self[key]!.budget!.spentLastHour.toFixed(9));
    assert.deepEqual(
      [spent('shop'), spent('rich'), self['free']!.budget],
      [Number((shopPaid * rowUsd).toFixed(9)), Number((paidFor('rich') * rowUsd).toFixed(9)), null],
    );
    assert.equal(page.get('understudy_key_budget_usd{key="shop"}'), shopUsdPerHour);
    assert.equal(
      page.get('understudy_key_spent_usd{key="shop"}'),
      self['shop']!.budget!.spentLastHour,
    );
    assert.equal(page.get('understudy_key_spent_usd{key="free"}'), undefined);
  });
});
