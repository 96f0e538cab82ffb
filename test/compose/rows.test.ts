import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RowJson, RowsJson } from '../../src/http/api-types-rows.js';
import { openGateway } from '../support/gateway.js';
import { ask, predictAll } from '../support/http-client.js';
import { sureSquare, unsureSquare, writeSquaresFile } from '../support/squares-file.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const directory = temporaryDirectory();
const base = '/v1/tasks/squares';
/** Between 0.4 and 0.5 the student differs from the teacher. */
const file = writeSquaresFile(join(directory, 'squares'), {
  student: { cut: 0.4, steepness: 20 },
  teacher: { cut: 0.5, steepness: 200 },
});

const numbered = (count: number, from: number): number[][] =>
  Array.from({ length: count }, (_, index) => unsureSquare(from + index));

/** Goes on until there is nothing more. */
async function rowsOf(
  port: number,
  query: string,
  between: () => Promise<unknown> = async () => {},
): Promise<readonly RowJson[]> {
  const rows: RowJson[] = [];
  let next = '';
  for (;;) {
    const { status, body } = await ask<RowsJson>(port, 'GET', `${base}/rows?${query}${next}`);
    assert.equal(status, 200, JSON.stringify(body));
    rows.push(...body.rows);
    if (body.nextBefore === null) return rows;
    next = `&before=${body.nextBefore}`;
    await between();
  }
}

describe('the rows of a task', () => {
  it('are shown as the caller got them, with what was said of them', async () => {
    const { port } = await openGateway(join(directory, 'shown'), [file]);
    const input = [0.45, 0, 0, 0];
    const said = { input, subject: 'ann', route: 'teacher' };
    const { body: answer } = await ask<{ id: string }>(port, 'POST', `${base}/predict`, said);
    await ask(port, 'POST', `${base}/feedback`, { id: answer.id, label: 'bright' });

    const [row, ...others] = await rowsOf(port, '');

    assert.deepEqual(others, []);
    const { createdAtMs, confidence, threshold, client, feedback, ...rest } = row!;
    assert.ok(createdAtMs > 1e12 && feedback!.givenAtMs >= createdAtMs && client !== null);
    assert.ok(threshold === null && (confidence === null || confidence <= 1));
    const { studentVersion, studentLabel, teacherVersion, ...known } = rest;
    assert.ok(teacherVersion !== '' && (studentVersion === null) === (studentLabel === null));
    assert.deepEqual([feedback!.label, feedback!.origin], ['bright', 'caller']);
    assert.deepEqual(known, {
      ...{ sequence: 1, id: answer.id, source: 'traffic', inputKept: 'full' },
      input: Buffer.from([115, 0, 0, 0]).toString('base64'), // 0.45 x 255 = 114.75
      ...{ label: 'bright', teacherLabel: 'dark', route: 'teacher', reason: 'requested' },
      ...{ isHoldout: false, isTrainable: false, teacher: 'oracle', costUsd: 0.01, subject: 'ann' },
    });
  });

  it('are neither skipped nor doubled while others come', async () => {
    const { port } = await openGateway(join(directory, 'paged'), [file]);
    const old = (await predictAll(port, 'squares', numbered(120, 0))).map(({ id }) => id);
    let late = 1000;
    const more = () => predictAll(port, 'squares', numbered(10, (late += 10)));

    const [seen] = await Promise.all([rowsOf(port, 'limit=7', more), more(), more()]);

    const ids = seen.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(new Set(ids.filter((id) => old.includes(id))), new Set(old));
    const sequences = seen.map(({ sequence }) => sequence);
    assert.deepEqual(
      sequences,
      [...sequences].sort((a, b) => b - a),
    );
  });

  it('are picked by what they are', async () => {
    const { port } = await openGateway(join(directory, 'picked'), [file]);
    await predictAll(port, 'squares', numbered(20, 0));
    await predictAll(port, 'squares', [1, 2, 3, 4].map(sureSquare));
    const all = await rowsOf(port, '');
    const middle = all[3]!.createdAtMs;
    const isAgreed = ({ studentLabel, teacherLabel }: RowJson) => studentLabel === teacherLabel;
    const picks: Readonly<Record<string, (row: RowJson) => boolean>> = {
      'isHoldout=true': ({ isHoldout }) => isHoldout,
      'isHoldout=false': ({ isHoldout }) => !isHoldout,
      'teacherLabel=dark': ({ teacherLabel }) => teacherLabel === 'dark',
      'isAgreed=true': isAgreed,
      'isAgreed=false': (row) => !isAgreed(row),
      'route=teacher&source=traffic': ({ route }) => route === 'teacher',
      'source=import': () => false,
      'client=nobody': () => false,
      [`fromMs=${middle}`]: ({ createdAtMs }) => createdAtMs >= middle,
      [`toMs=${middle}`]: ({ createdAtMs }) => createdAtMs < middle,
    };

    assert.equal(all.length, 24);
    for (const [query, isPicked] of Object.entries(picks))
      assert.deepEqual(await rowsOf(port, `${query}&limit=5`), all.filter(isPicked), query);
  });
});
