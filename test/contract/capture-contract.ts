import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import type { Capture, CapturedRow, RowFilter, StoredRow } from '../../src/capture/capture.js';
import { CaptureFailedError } from '../../src/errors.js';
import { capturedRow } from '../support/captured-row.js';
import { floatsOf, imageInput, pixelInput } from '../support/inputs.js';

/** What every capture log must do. `open` gives an empty one with this clock. */
export function describeCapture(name: string, open: (now: () => number) => Promise<Capture>): void {
  describe(`capture in ${name}`, () => {
    let capture: Capture;
    let nowMs = 0;
    const opened: Capture[] = [];
    beforeEach(async () => {
      nowMs = 1_700_000_000_000;
      capture = await open(() => nowMs);
      opened.push(capture);
    });
    after(() => Promise.all(opened.map((one) => one.close())));

    describeRoundTrip(() => capture);
    describeReads(() => capture);
    describeTrainingRows(() => capture);
    describeAppends(() => capture);
    describeLeases(
      () => capture,
      (ms) => (nowMs += ms),
    );
    describeClose(() => capture);
  });
}

const everything: RowFilter = {
  task: 'digits',
  teacherVersion: 't1-aaaaaaaa',
  rowsMax: 100_000,
  createdAfterMs: 0,
};
const idsOf = (rows: readonly StoredRow[]): string[] => rows.map(({ id }) => id);
const numbered = (count: number, changes: Partial<CapturedRow> = {}): CapturedRow[] =>
  Array.from({ length: count }, (_, index) => capturedRow({ ...changes, id: `row-${index}` }));

/** Without the sequence, and with arrays as bytes: NaN payloads and the sign of zero count. */
function bitsOf(row: CapturedRow): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([field]) => field !== 'sequence' && field !== 'feedback')
      .map(([field, value]: [string, unknown]) => {
        if (!ArrayBuffer.isView(value)) return [field, value];
        const hex = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
        return [field, `${value.constructor.name} ${hex}`];
      }),
  );
}

function describeRoundTrip(capture: () => Capture): void {
  it('gives back every field, bit by bit', async () => {
    const bits = Uint32Array.of(0x7fc01234, 0x80000000, 0x00000001, 0xff800000, 0x3f800001);
    const row = capturedRow({
      id: 'žluťoučký-🐎',
      input: new Uint8Array(bits.buffer),
      studentLogits: Float32Array.of(Math.fround(0.1), -Infinity, 3.4028234663852886e38),
      teacherProbabilities: Float64Array.of(0.1 + 0.2, Number.MIN_VALUE, 1 - 2 ** -53),
      createdMs: 1_700_000_000_123.25,
      propensity: 1 / 3,
      confidence: 0.1 + 0.2,
      threshold: 2 ** -60,
      teacherLatencyMs: 123.456789012345,
      costUsd: 1e-12,
      reason: "it's; -- \n fine",
      studentLabel: 3,
      studentLatencyMs: 0.1 + 0.2,
      subject: 'patient 7',
      inputKept: 'redacted',
    });

    await capture().append([row]);

    const [stored] = await capture().readTraining(everything);
    assert.deepEqual(bitsOf(stored!), bitsOf(row));
  });

  it('gives back nulls, empty arrays and every route', async () => {
    const routes = ['student', 'teacher', 'cache', 'degraded'] as const;
    const rows = routes.map((route) =>
      capturedRow({
        id: route,
        route,
        input: new Uint8Array(0),
        studentVersion: null,
        studentLogits: null,
        confidence: null,
        threshold: null,
        studentLabel: null,
        studentLatencyMs: null,
        teacherProbabilities: null,
        client: null,
      }),
    );

    await capture().append(rows);

    const stored = await capture().readTraining(everything);
    assert.deepEqual(stored.map(bitsOf), rows.map(bitsOf).reverse());
  });

  it('keeps the part of a larger buffer that a view shows', async () => {
    const batch = Float32Array.from({ length: 30 }, (_, index) => index);
    const first = imageInput(batch.subarray(7, 10));
    const second = imageInput(batch.subarray(10, 13));

    await capture().append([
      capturedRow({ id: 'first', input: first }),
      capturedRow({ id: 'second', input: second, studentLogits: batch.subarray(1, 2) }),
    ]);

    const stored = await capture().readTraining(everything);
    assert.deepEqual(
      stored.map(({ input }) => [...floatsOf(input)]),
      [
        [10, 11, 12],
        [7, 8, 9],
      ],
    );
    assert.deepEqual([...stored[0]!.studentLogits!], [1]);
    assert.equal(batch.length, 30);
  });

  it('keeps what a row was when it was appended, though its arrays are used again', async () => {
    const input = Uint8Array.of(1, 2, 3);

    const appended = capture().append([capturedRow({ id: 'a', input })]);
    input.fill(9);
    await appended;

    const [stored] = await capture().readTraining(everything);
    assert.deepEqual([...stored!.input], [1, 2, 3]);
  });
}

function describeReads(capture: () => Capture): void {
  it('reads newest first, with sequences that grow', async () => {
    await capture().append([capturedRow({ id: 'a' }), capturedRow({ id: 'b' })]);
    await capture().append([capturedRow({ id: 'c' })]);

    const rows = await capture().readTraining(everything);
    assert.deepEqual(idsOf(rows), ['c', 'b', 'a']);
    assert.ok(rows[0]!.sequence > rows[1]!.sequence && rows[1]!.sequence > rows[2]!.sequence);
  });

  it('reads at most rowsMax rows, the newest, however many pages they take', async () => {
    await capture().append(numbered(1500));

    for (const rowsMax of [0, 1, 16, 17, 700, 1499, 1500, 1501]) {
      const rows = await capture().readTraining({ ...everything, rowsMax });
      const expected = Array.from({ length: Math.min(rowsMax, 1500) }, (_, k) => `row-${1499 - k}`);
      assert.deepEqual(idsOf(rows), expected);
    }
  });

  it('reads only rows of requests after a moment, not those at it', async () => {
    const at = (createdMs: number) =>
      capturedRow({ id: `h-${createdMs}`, isHoldout: true, createdMs });
    await capture().append([at(1000), at(3000), at(2000), at(4000)]);
    await capture().append([capturedRow({ id: 'training', createdMs: 4000 })]);

    const after = await capture().readHoldout({ ...everything, createdAfterMs: 2000 });
    assert.deepEqual(idsOf(after), ['h-4000', 'h-3000']);
    const none = await capture().readHoldout({ ...everything, createdAfterMs: 4000 });
    assert.deepEqual(none, []);
  });

  it('keeps tasks, teacher versions and uses apart', async () => {
    await capture().append([
      capturedRow({ id: 'training' }),
      capturedRow({ id: 'holdout', isHoldout: true }),
      capturedRow({ id: 'other-task', task: 'letters' }),
      capturedRow({ id: 'other-teacher', teacherVersion: 't2-bbbbbbbb' }),
      capturedRow({ id: 'other-holdout', teacherVersion: 't2-bbbbbbbb', isHoldout: true }),
    ]);

    assert.deepEqual(idsOf(await capture().readTraining(everything)), ['training']);
    assert.deepEqual(idsOf(await capture().readHoldout(everything)), ['holdout']);
    const unknown = { ...everything, task: 'nothing' };
    assert.deepEqual(await capture().readTraining(unknown), []);
  });

  it('counts the rows of a task', async () => {
    await capture().append(numbered(5));
    await capture().append([capturedRow({ id: 'h', isHoldout: true, teacherVersion: 't2-b' })]);
    await capture().append([capturedRow({ id: 'x', task: 'letters' })]);

    assert.deepEqual(await capture().count('digits'), {
      rows: 6,
      holdoutRows: 1,
      trainableRows: 5,
    });
    assert.deepEqual(await capture().count('nothing'), {
      rows: 0,
      holdoutRows: 0,
      trainableRows: 0,
    });
  });
}

function describeTrainingRows(capture: () => Capture): void {
  const inputHash = 'cafe0123cafe0123';
  const twin = capturedRow({ id: 'twin', inputHash });
  const holdout = capturedRow({ id: 'holdout', inputHash, isHoldout: true });
  const innocent = capturedRow({ id: 'innocent', inputHash: 'cafe0123cafe0124' });
  const waysIn: Readonly<Record<string, readonly (readonly CapturedRow[])[]>> = {
    'before its holdout row': [[twin], [holdout]],
    'after its holdout row': [[holdout], [twin]],
    'in the call of its holdout row': [[twin, holdout]],
    'with another teacher version than its holdout row': [
      [{ ...holdout, teacherVersion: 't2-bbbbbbbb' }],
      [twin],
    ],
    'on other routes': [
      [holdout],
      ...(['student', 'cache', 'degraded'] as const).map((route) => [
        { ...twin, id: route, route },
      ]),
    ],
    'with another label, input and client': [
      [holdout],
      [{ ...twin, teacherLabel: 0, input: pixelInput(1), client: null }],
    ],
    'beside a holdout row that came twice': [[holdout, { ...holdout, id: 'again' }], [twin]],
  };
  for (const [way, calls] of Object.entries(waysIn)) {
    it(`leaves a row with a holdout row's input out of training: ${way}`, async () => {
      await capture().append([innocent]);
      for (const rows of calls) await capture().append(rows);

      assert.deepEqual(idsOf(await capture().readTraining(everything)), ['innocent']);
    });
  }

  it('leaves it out also of a read that starts after the holdout row', async () => {
    const later = holdout.createdMs + 1;
    await capture().append([holdout]);
    await capture().append([twin, innocent].map((row) => ({ ...row, createdMs: later })));

    const createdAfterMs = holdout.createdMs;
    const rows = await capture().readTraining({ ...everything, createdAfterMs });
    assert.deepEqual(idsOf(rows), ['innocent']);
  });

  it('leaves out rows whose input becomes a holdout row at another rate', async () => {
    const reserved = capturedRow({ id: 'reserved', isTrainable: false });
    await capture().append([reserved, innocent]);

    assert.deepEqual(idsOf(await capture().readTraining(everything)), ['innocent']);
    assert.deepEqual(await capture().readHoldout(everything), []);
  });

  it('refuses a holdout row that says it may be trained on', async () => {
    const row = { ...holdout, isTrainable: true };
    await assert.rejects(capture().append([row]), CaptureFailedError);
  });

  it('fills rowsMax with rows that may be trained on', async () => {
    await capture().append([innocent]);
    await capture().append(numbered(40, { inputHash }));
    await capture().append([holdout]);

    const rows = await capture().readTraining({ ...everything, rowsMax: 1 });
    assert.deepEqual(idsOf(rows), ['innocent']);
  });

  it('keeps a row whose input is a holdout row of another task', async () => {
    await capture().append([{ ...holdout, task: 'letters' }, twin]);

    assert.deepEqual(idsOf(await capture().readTraining(everything)), ['twin']);
  });
}

function describeAppends(capture: () => Capture): void {
  it('keeps every row of concurrent calls, in the order of the calls', async () => {
    const rows = numbered(300);

    await Promise.all(rows.map((row) => capture().append([row])));

    const stored = await capture().readTraining(everything);
    assert.deepEqual(idsOf(stored).reverse(), idsOf(rows as StoredRow[]));
    assert.equal(new Set(stored.map(({ sequence }) => sequence)).size, 300);
  });

  it('takes no rows for an answer', async () => {
    await capture().append([]);

    assert.equal((await capture().count('digits')).rows, 0);
  });

  it('refuses a call with an id that is in the log, and keeps none of its rows', async () => {
    await capture().append([capturedRow({ id: 'a' })]);

    await assert.rejects(
      capture().append([capturedRow({ id: 'b' }), capturedRow({ id: 'a' })]),
      CaptureFailedError,
    );
    await assert.rejects(capture().append([capturedRow({ id: 'a' })]), CaptureFailedError);
    await assert.rejects(
      capture().append([capturedRow({ id: 'c' }), capturedRow({ id: 'c' })]),
      CaptureFailedError,
    );

    assert.deepEqual(idsOf(await capture().readTraining(everything)), ['a']);
  });

  const badValues: Readonly<Record<string, Partial<CapturedRow>>> = {
    'a propensity of 0': { propensity: 0 },
    'a propensity over 1': { propensity: 1.01 },
    'a propensity of NaN': { propensity: NaN },
    'a holdout rate over 1': { holdoutRate: 1.5 },
    'a confidence of NaN': { confidence: NaN },
    'a latency of NaN': { teacherLatencyMs: NaN },
    'a text with NUL': { client: 'key\0-1' },
    'an unknown route': { route: 'oracle' as 'teacher' },
  };
  for (const [what, changes] of Object.entries(badValues)) {
    it(`refuses ${what}, and keeps the rows of calls beside it`, async () => {
      const outcomes = await Promise.allSettled([
        capture().append([capturedRow({ id: 'before' })]),
        capture().append([capturedRow({ id: 'good' }), capturedRow({ ...changes, id: 'bad' })]),
        capture().append([capturedRow({ id: 'after' })]),
      ]);

      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      const [, failure] = outcomes;
      assert.ok(failure.status === 'rejected' && failure.reason instanceof CaptureFailedError);
      assert.deepEqual(idsOf(await capture().readTraining(everything)), ['after', 'before']);
    });
  }
}

function describeLeases(capture: () => Capture, advance: (ms: number) => void): void {
  it('gives a lease to one owner at a time, who may renew it', async () => {
    assert.equal(await capture().acquireLease('run', 'ann', 1000), true);
    assert.equal(await capture().acquireLease('run', 'ben', 1000), false);
    assert.equal(await capture().acquireLease('other', 'ben', 1000), true);
    advance(900);
    assert.equal(await capture().acquireLease('run', 'ann', 1000), true);
    advance(900);
    assert.equal(await capture().acquireLease('run', 'ben', 1000), false);
  });

  it('gives an expired lease to whoever asks first', async () => {
    await capture().acquireLease('run', 'ann', 1000);
    advance(999);
    assert.equal(await capture().acquireLease('run', 'ben', 1000), false);
    advance(1);

    const taken = await Promise.all(
      ['ben', 'cat', 'dan'].map((owner) => capture().acquireLease('run', owner, 1000)),
    );
    assert.equal(taken.filter((isTaken) => isTaken).length, 1);
  });

  it('frees a lease for others only when its owner releases it', async () => {
    await capture().acquireLease('run', 'ann', 1000);

    await capture().releaseLease('run', 'ben');
    assert.equal(await capture().acquireLease('run', 'ben', 1000), false);
    await capture().releaseLease('run', 'ann');
    assert.equal(await capture().acquireLease('run', 'ben', 1000), true);
    await capture().releaseLease('never-taken', 'ann');
  });
}

function describeClose(capture: () => Capture): void {
  it('answers calls made before it is closed, and refuses later ones', async () => {
    const appended = numbered(20).map((row) => capture().append([row]));
    const counted = capture().count('digits');
    const read = capture().readTraining(everything);

    await Promise.all([capture().close(), capture().close()]);

    await Promise.all([...appended, counted, read]);
    await capture().close();
    const refused = [
      () => capture().append([capturedRow({ id: 'late' })]),
      () => capture().append([]),
      () => capture().readTraining(everything),
      () => capture().readHoldout(everything),
      () => capture().count('digits'),
      () => capture().acquireLease('run', 'ann', 1000),
      () => capture().releaseLease('run', 'ann'),
    ];
    for (const call of refused) await assert.rejects(call, CaptureFailedError);
  });
}
