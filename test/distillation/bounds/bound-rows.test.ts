import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapturedRow } from '../../../src/capture/capture.js';
import { boundsSchema, type Bounds } from '../../../src/config/bounds-schema.js';
import { boundRows } from '../../../src/distillation/bounds/bound-rows.js';
import { encodeText } from '../../../src/task/text-codec.js';
import { MemoryCapture } from '../../fakes/memory-capture.js';
import { capturedRow } from '../../support/captured-row.js';

const dayMs = 86_400_000;
const nowMs = 10 * dayMs;
let ids = 0;

/** Rows of one client; a quarter more of them were held out. */
function rowsOf(client: string | null, count: number, changes: Partial<CapturedRow> = {}) {
  return Array.from({ length: Math.ceil(count * 1.25) }, (_, k) => {
    const id = ids++;
    const text = [7, 11, 13, 17, 19].map((prime) => ((id * prime * 7919) % 1e6).toString(36));
    return capturedRow({
      id: `${client} ${id}`,
      createdMs: 8 * dayMs + k,
      ...{ client, input: encodeText(text.join(' ')), isHoldout: k >= count },
      ...changes,
    });
  });
}

async function bounded(rows: readonly CapturedRow[], bounds: Partial<Bounds> = {}) {
  const capture = new MemoryCapture();
  await capture.append([capturedRow({ id: `first ${ids++}`, createdMs: 0, isHoldout: true })]);
  await capture.append([...rows].sort((a, b) => a.createdMs - b.createdMs));
  const { task, teacherVersion } = rows[0]!;
  const read = { task, teacherVersion, rowsMax: 1e6, createdAfterMs: 0 };
  const result = await boundRows(await capture.readTraining(read), capture, {
    task,
    input: { kind: 'text', charsMax: 200 },
    bounds: { ...boundsSchema.parse({}), ...bounds },
    ...{ seedRows: 0, knownRowsMin: 50, nowMs },
  });
  const keptOf = (client: string): number =>
    result.kept.filter((row) => row.client?.startsWith(client)).length;
  return { ...result, keptOf };
}

const crowd = (): CapturedRow[] =>
  Array.from({ length: 100 }, (_, k) => rowsOf(`user-${k}`, 4)).flat();
const noneLeftOut = { newClients: 0, nearDuplicates: 0, clientShare: 0 };

describe('the rows that may be learnt from', () => {
  it('are all of an only client, known or not', async () => {
    for (const client of ['app', null]) {
      const { kept, leftOut, boundClients } = await bounded(rowsOf(client, 200));

      assert.equal(kept.length, 200);
      assert.deepEqual(leftOut, noneLeftOut);
      assert.deepEqual(boundClients, []);
    }
  });

  it('are all of three services of about one size', async () => {
    const rows = [...rowsOf('web', 200), ...rowsOf('mobile', 160), ...rowsOf('batch', 80)];

    assert.deepEqual((await bounded(rows)).leftOut, noneLeftOut);
  });

  it('are few of one that stands out, and of a key with many clients', async () => {
    const one = await bounded([...crowd(), ...rowsOf('mallory', 200)]);
    const many = Array.from({ length: 50 }, (_, k) => rowsOf(`key/${k}`, 4)).flat();
    const key = await bounded([...crowd(), ...many]);

    // The greatest K with K = 400 + floor(0.02 K) is 408.
    assert.equal(one.keptOf('mallory'), 8);
    assert.equal(one.keptOf('user'), 400);
    assert.deepEqual(one.leftOut, { ...noneLeftOut, clientShare: 192 });
    assert.deepEqual(one.boundClients, [{ client: 'mallory', rows: 200, kept: 8 }]);
    assert.equal(key.keptOf('key/'), 8);
  });

  it('are all of whom the operator trusts', async () => {
    const late = { createdMs: 10 * dayMs - 1 };
    const rows = [...crowd(), ...rowsOf('app', 200), ...rowsOf('key/1', 60, late)];

    const { leftOut } = await bounded(rows, { trustedClients: ['app', 'key'] });

    assert.deepEqual(leftOut, noneLeftOut);
  });

  it('are none of a new client, until it is known or too few others are', async () => {
    const lateRows = (): CapturedRow[] => rowsOf('late', 7, { createdMs: 9.5 * dayMs });

    const waits = await bounded([...crowd(), ...lateRows()]);
    const isKnown = await bounded([...crowd(), ...lateRows()], { newClientHours: 11 });
    const alone = await bounded([...rowsOf('user', 49), ...lateRows()]);

    assert.equal(waits.keptOf('late'), 0);
    assert.deepEqual(waits.leftOut, { ...noneLeftOut, newClients: 7 });
    assert.equal(isKnown.keptOf('late'), 7);
    assert.deepEqual(alone.leftOut, noneLeftOut);
  });

  it('are a few of many that look the same', async () => {
    const alike = rowsOf('user-1', 60).map((row, k) => ({
      ...row,
      input: encodeText(`Where is my parcel, please${'!'.repeat(k)}`),
    }));

    const { leftOut } = await bounded([...rowsOf('user-2', 60), ...alike]);

    assert.deepEqual(leftOut, { ...noneLeftOut, nearDuplicates: 40 });
  });
});
