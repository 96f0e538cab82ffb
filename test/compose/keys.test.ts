import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AnswerJson, BatchAnswerJson, ProblemJson } from '../../src/http/api-types.js';
import { openGateway } from '../support/gateway.js';
import { runProgram, startGatewayProcess } from '../support/gateway-process.js';
import { keysFileText } from '../support/key-ring.js';
import { readLog } from '../support/read-log.js';
import { sureSquare, unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const taskDir = join(directory, 'squares');
const taskFile = writeSquaresFile(taskDir, { policy: { coldHoldoutRate: 0.3 } });
const keys = { chief: {}, guest: { scopes: ['predict'] }, watcher: { scopes: ['read'] } } as const;
/** Enough connections at once for each of two workers to have some. */
const connections = 8;

async function start(workers: number) {
  const dataDir = join(directory, `data-${workers}`);
  const keysFile = join(directory, `keys-${workers}.json`);
  writeFileSync(keysFile, keysFileText(keys));
  const env = { UNDERSTUDY_WORKERS: String(workers), UNDERSTUDY_KEYS_FILE: keysFile };
  const gateway = await startGatewayProcess({ dataDir, taskFile, env });
  const tell = (path: string, headers: Readonly<Record<string, string>>, body?: object) =>
    fetch(`${gateway.url}${path}`, {
      headers: { 'content-type': 'application/json', ...headers },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
  const predict = (headers: Readonly<Record<string, string>>, body: object) =>
    tell('/v1/tasks/squares/predict', headers, body);
  /** The statuses of many equal predictions at once, on a connection each. */
  const statuses = async (headers: Readonly<Record<string, string>>, body: object) => {
    const asked = Array.from({ length: connections }, () => predict(headers, body));
    const answers = await Promise.all(asked);
    await Promise.all(answers.map((answer) => answer.text()));
    return new Set(answers.map(({ status }) => status));
  };
  const command = (key: string | null, ...args: string[]) =>
    runProgram({
      args: [...args, '--data-dir', dataDir],
      env: { UNDERSTUDY_TASKS: taskFile, ...(key === null ? {} : { UNDERSTUDY_API_KEY: key }) },
    });
  return { dataDir, keysFile, gateway, tell, predict, statuses, command };
}

for (const workers of [1, 2])
  describe(`a gateway of ${workers} with a keys file`, () => {
    it('answers those who may and nobody else, and forgets keys that are taken away', async () => {
      const { dataDir, keysFile, gateway, predict, statuses, tell } = await start(workers);
      const sure = { input: sureSquare(1) };
      const batch = { inputs: [sureSquare(1), unsureSquare(2)] };

      assert.match(gateway.output(), /Keys: asked for, as \S+keys-\d\.json says/);
      assert.match(gateway.output(), /curl -s -H "authorization: Bearer \$UNDERSTUDY_API_KEY" /);
      for (const headers of [{ authorization: 'Bearer guest' }, { 'x-api-key': 'guest' }]) {
        assert.deepEqual(await statuses(headers, sure), new Set([200]));
        assert.deepEqual(await statuses(headers, batch), new Set([200]));
        assert.deepEqual(await statuses(headers, { ...batch, route: 'teacher' }), new Set([403]));
      }
      for (const headers of [{}, { authorization: 'Bearer nobody' }, { 'x-api-key': 'nobody' }])
        assert.deepEqual(await statuses(headers, sure), new Set([401]));
      assert.deepEqual(await statuses({ 'x-api-key': 'watcher' }, sure), new Set([403]));
      const chosen = await predict({ 'x-api-key': 'chief' }, { ...batch, route: 'teacher' });
      const { answers } = (await chosen.json()) as BatchAnswerJson;
      assert.deepEqual(
        answers.map(({ route, reason }) => `${route} ${reason}`),
        Array.from({ length: 2 }, () => `teacher ${answers[0]!.reason}`),
      );

      for (const path of ['/healthz', '/readyz', '/metrics'])
        assert.equal((await tell(path, {})).status, 200);
      assert.equal((await tell('/v1/tasks', {})).headers.get('www-authenticate'), 'Bearer');
      assert.equal((await tell('/v1/tasks', { 'x-api-key': 'watcher' })).status, 200);
      for (let k = 0; k < 60; k++) {
        // Of two processes the one that refuses hangs up while the other one may still be sending.
        const refused = await tell('/v1/tasks/squares/rollback', { 'x-api-key': 'watcher' }, {});
        const problem = (await refused.json()) as ProblemJson;
        assert.deepEqual([refused.status, problem.details?.['scope']], [403, 'operate']);
      }

      const named = await predict({ 'x-api-key': 'guest' }, { input: unsureSquare(7) });
      const { id } = (await named.json()) as AnswerJson;
      writeFileSync(keysFile, keysFileText({ chief: {} }));
      await until('the guest is known to nobody', async () => {
        const seen = await statuses({ 'x-api-key': 'guest' }, sure);
        return seen.size === 1 && seen.has(401);
      });
      assert.deepEqual(await statuses({ 'x-api-key': 'chief' }, sure), new Set([200]));
      const { code, output } = await gateway.stop();

      assert.equal(code, 0, output);
      const rows = await readLog(dataDir);
      assert.equal(rows.find((row) => row.id === id)?.client, 'guest');
    });

    it('lets commands do what their key is for', async () => {
      const { gateway, command } = await start(workers);

      const [asked, none, unknown, reader, operator] = [
        await command('watcher', 'students', 'squares'),
        await command(null, 'students', 'squares'),
        await command('nobody', 'students', 'squares'),
        await command('watcher', 'distil', 'squares'),
        await command('chief', 'distil', 'squares'),
      ];
      await gateway.stop();

      assert.match(asked.output, /^version +state/);
      assert.match(
        none.output,
        /^Send an API key as .* Commands take it from UNDERSTUDY_API_KEY\./,
      );
      assert.match(unknown.output, /^This API key is not known here/);
      assert.match(reader.output, /needs the scope operate; the key "watcher" has read\./);
      assert.match(operator.output, /Distilling squares by the gateway at .*\n.*100 %/s);
      assert.deepEqual([none.code, unknown.code, reader.code], [1, 1, 1]);
    });
  });

describe('a gateway without keys', () => {
  it('warns when other machines can reach it, and only then', async () => {
    const files = [taskFile];
    const local = await openGateway(join(directory, 'local'), files);
    const open = await openGateway(join(directory, 'open'), files, { host: '0.0.0.0' });
    const keysFile = join(directory, 'keys-open.json');
    writeFileSync(keysFile, keysFileText(keys));
    const changes = { host: '0.0.0.0', keysFile };
    const keyed = await openGateway(join(directory, 'keyed'), files, changes);

    assert.deepEqual(local.log.of('open-to-all'), []);
    assert.deepEqual(keyed.log.of('open-to-all'), []);
    const [line] = open.log.of('open-to-all');
    assert.equal(line!.level, 'warn');
    assert.match(String(line!.fields['advice']), /Set UNDERSTUDY_KEYS_FILE/);
  });

  it('does not take a key for a mistake', async () => {
    const { port } = await openGateway(join(directory, 'keyless'), [taskFile]);
    const response = await fetch(`http://127.0.0.1:${port}/v1/tasks/squares/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer whatever' },
      body: JSON.stringify({ input: sureSquare(1), route: 'student' }),
    });
    assert.equal(response.status, 200);
  });
});

describe('understudy serve --check', () => {
  it('says what is wrong with the keys file', async () => {
    const keysFile = join(directory, 'wrong.json');
    writeFileSync(keysFile, '[{"name": "a"}]');
    const { code, output } = await runProgram({
      args: ['serve', '--check'],
      env: { UNDERSTUDY_TASKS: taskFile, UNDERSTUDY_KEYS_FILE: keysFile },
    });

    assert.equal(code, 1);
    assert.match(output, /^\S+wrong\.json has problems:\n- 0\.sha256: /);
  });
});
