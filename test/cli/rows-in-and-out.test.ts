import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openGateway } from '../support/gateway.js';
import { runProgram } from '../support/gateway-process.js';
import { ask, predictAll } from '../support/http-client.js';
import { writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const taskFile = writeSquaresFile(join(directory, 'squares'));
const dataDir = join(directory, 'data');
const run = (...args: string[]) =>
  runProgram({
    args: [...args, '--data-dir', dataDir],
    env: { UNDERSTUDY_TASKS: taskFile },
  });

describe('understudy import and export', () => {
  it('seed a task before its first start, and give all rows out beside the gateway', async () => {
    const given = join(directory, 'given.jsonl');
    const line = (k: number): string =>
      JSON.stringify({ input: [k / 100, 0, 0, 0], label: k < 50 ? 'dark' : 'bright' });
    writeFileSync(given, Array.from({ length: 100 }, (_, k) => line(k)).join('\n'));

    const empty = await run('export', 'squares');
    const imported = await run('import', 'squares', given);
    const { gateway, port } = await openGateway(dataDir, [taskFile]);
    await predictAll(port, 'squares', [[0.5, 1, 1, 1]]);
    const out = join(directory, 'rows.jsonl');
    const exported = await run('export', 'squares', '--out', out);
    const nowhere = await run('export', 'squares', '--out', join(directory, 'no', 'rows.csv'));
    const again = await run('import', 'squares', given);
    const sent = await fetch(`http://127.0.0.1:${port}/v1/tasks/squares/export?format=csv`);
    const sentText = await sent.text();
    const refused = await ask(port, 'GET', '/v1/tasks/squares/export?format=xml');
    await gateway.close();

    assert.deepEqual([empty.code, /no data directory of a gateway/.test(empty.output)], [1, true]);
    assert.match(imported.output, /^100 of 100 rows are new to squares/);
    assert.deepEqual(
      [nowhere.code, /^\S+ can not be written: .*ENOENT.*--out\.\n$/.test(nowhere.output)],
      [1, true],
    );
    assert.match(exported.output, /101 rows of squares are in/);
    assert.match(again.output, /^0 of 100 rows are new.*\n100 were in the log already/);
    const rows = readFileSync(out, 'utf8').trimEnd().split('\n');
    const last = JSON.parse(rows.at(-1)!) as Record<string, unknown>;
    assert.deepEqual([rows.length, last['source'], last['route']], [101, 'traffic', 'teacher']);
    assert.equal(sent.headers.get('content-disposition'), 'attachment; filename=squares.csv');
    assert.equal(sentText.trimEnd().split('\r\n').length, 102);
    assert.equal(refused.status, 400);
  });

  it('say at once what they can not do', async () => {
    const path = join(directory, 'rows.csv');
    writeFileSync(path, 'input,label\n"[0,0,0,0]",dark\n');
    for (const inputs of ['hash', 'none']) {
      const secretive = join(directory, `squares-${inputs}.yaml`);
      const text = readFileSync(taskFile, 'utf8').replaceAll(': ./', ': ./squares/');
      writeFileSync(secretive, `${text}\nprivacy:\n  inputs: ${inputs}\n`);

      const refused = await runProgram({
        args: ['import', 'squares', path, '--data-dir', dataDir],
        env: { UNDERSTUDY_TASKS: secretive },
      });

      assert.equal(refused.code, 1);
      assert.match(refused.output, new RegExp(`privacy.inputs is ${inputs}.*Nothing was imported`));
    }

    const unknown = await run('export', 'squares', '--out', join(directory, 'rows.xyz'));

    assert.equal(unknown.code, 1);
    assert.match(unknown.output, /ending of --out, must be one of .*jsonl.*; got xyz/);
  });
});
