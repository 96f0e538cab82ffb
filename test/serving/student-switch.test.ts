import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as op from '../../src/onnx/operators.js';
import type { CapturedRow } from '../../src/capture/capture.js';
import { bindingOf } from '../../src/serving/binding.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { createGate } from '../support/gate.js';
import { asTheyAre } from '../support/fake-bundle.js';
import { pixelInput } from '../support/inputs.js';
import { square, squareTask } from '../support/square-task.js';
import { choosingHash, holdoutRow, holdoutRows, openSwitchRig } from '../support/switch-rig.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { modelOf } from '../support/tiny-model.js';
import { turnsOfTheLoop, until } from '../support/until.js';

const directory = temporaryDirectory();
const right = { cut: 0.5 };
/** Says `bright` of everything: half of its answers differ from the teacher's. */
const wrong = { cut: -1 };

type Rig = Awaited<ReturnType<typeof openSwitchRig>>;
const rowsSeen = ({ guarantee }: Rig): number => {
  const { certificate } = guarantee;
  return certificate.kind === 'not-certified' ? certificate.holdoutRows : certificate.rows;
};

describe('a change of the student', () => {
  it('holds all holdout rows of the log against the new one; certifies it at once', async () => {
    const rig = await openSwitchRig(directory);
    await rig.capture.append(holdoutRows(300));
    const version = await rig.addStudent(right);

    const changed = await rig.promote(version);

    assert.equal(changed, version);
    assert.equal(rig.slot.peek()!.version, version);
    assert.equal(rig.registry.serving()!.version, version);
    const { certificate } = rig.guarantee;
    assert.ok(certificate.kind === 'certified');
    assert.deepEqual([certificate.rows, certificate.disagreements], [300, 0]);
  });

  it('scores rows that another version answered by the new one: its logits decide', async () => {
    const rig = await openSwitchRig(directory);
    const foreign = { studentVersion: 'v9-00000009', studentLogits: Float32Array.of(9, -9) };
    await rig.capture.append(holdoutRows(300, foreign));

    await rig.promote(await rig.addStudent(right));

    const { certificate } = rig.guarantee;
    assert.ok(certificate.kind === 'certified');
    assert.equal(certificate.disagreements, 0);
  });

  it('leaves out rows that choose students, and rows that other teachers labelled', async () => {
    const rig = await openSwitchRig(directory);
    const choosing = Array.from({ length: 50 }, (_, index) =>
      holdoutRow(1_000 + index, { inputHash: choosingHash(1_000 + index) }),
    );
    const other = [holdoutRow(2_000, { teacherVersion: 't2-00000002' })];
    await rig.capture.append([...holdoutRows(100), ...choosing, ...other]);

    await rig.promote(await rig.addStudent(right));

    assert.equal(rowsSeen(rig), 100);
  });

  it('lets nobody see one student with the threshold of another', async () => {
    const rig = await openSwitchRig(directory);
    await rig.capture.append(holdoutRows(300));
    const first = await rig.addStudent(right);
    const second = await rig.addStudent({ cut: 0.5, steepness: 200 }); // Surer of the same labels.
    await rig.promote(first);
    const pairs = new Set<string>();
    let isOver = false;
    const look = async (): Promise<void> => {
      for (let turn = 0; !isOver; turn++) {
        pairs.add(`${rig.slot.peek()!.version} ${rig.guarantee.threshold ?? 'none'}`);
        await (turn % 50 === 0 ? new Promise(setImmediate) : Promise.resolve());
      }
    };

    const looking = look();
    const atFirst = rig.guarantee.threshold!;
    await rig.promote(second);
    isOver = true;
    await looking;
    pairs.add(`${rig.slot.peek()!.version} ${rig.guarantee.threshold ?? 'none'}`);

    const atLast = rig.guarantee.threshold!;
    assert.notEqual(atFirst, atLast);
    assert.deepEqual([...pairs], [`${first} ${atFirst}`, `${second} ${atLast}`]);
  });

  it('moves the pointer before it swaps: what serves is on the disk', async () => {
    const rig = await openSwitchRig(directory);
    const first = await rig.addStudent(right);
    const second = await rig.addStudent(wrong);
    await rig.promote(first);
    const served: string[] = [];

    await rig.studentSwitch.change(
      () => second,
      async () => {
        served.push(rig.slot.peek()!.version);
        await rig.registry.promote(second);
        served.push(rig.slot.peek()!.version);
      },
    );

    assert.deepEqual([...served, rig.slot.peek()!.version], [first, first, second]);
  });

  it('is told before the threshold that comes with it: a timeline has them in order', async () => {
    const rig = await openSwitchRig(directory);
    const version = await rig.addStudent(right);
    await rig.capture.append(holdoutRows(400));
    const thresholds: (number | null)[] = [];

    await rig.studentSwitch.change(
      () => version,
      async () => {},
      (swapped) => {
        assert.equal(rig.slot.peek()!.version, swapped);
        thresholds.push(rig.guarantee.threshold);
      },
    );

    assert.deepEqual(thresholds, [null]);
    assert.notEqual(rig.guarantee.threshold, null);
  });

  it('closes the old student when its last request has ended', async () => {
    const rig = await openSwitchRig(directory);
    await rig.promote(await rig.addStudent(right));
    const lease = rig.slot.acquire()!;

    await rig.promote(await rig.addStudent(wrong));
    const [logits] = await lease.value.predict([square(0.9)]);
    lease.release();

    assert.ok(logits![1]! > 0);
    await until('the old one is closed', () =>
      lease.value.predict([square(0.9)]).then(
        () => false,
        () => true,
      ),
    );
  });

  it('asks for the version when its turn has come', async () => {
    const rig = await openSwitchRig(directory);
    const [first, second] = [await rig.addStudent(right), await rig.addStudent(wrong)];
    const asked: (string | undefined)[] = [];

    const promoted = rig.promote(first);
    const changed = rig.studentSwitch.change(
      () => {
        asked.push(rig.slot.peek()?.version);
        return second;
      },
      async () => {},
    );
    await Promise.all([promoted, changed]);

    assert.deepEqual(asked, [first]);
  });
});

describe('a candidate that cannot serve', () => {
  const spoilt: Readonly<Record<string, (rig: Rig) => Promise<string>>> = {
    'is not there': async () => 'v9-00000009',
    'has damaged files': async (rig) => {
      const version = await rig.addStudent(wrong);
      writeFileSync(join((await rig.registry.read(version)).dir, 'model.onnx'), 'not a model');
      return version;
    },
    'gives numbers that are not finite': (rig) =>
      rig.addStudent(
        modelOf((graph, x) => {
          const zero = graph.constant(new Float32Array(8), [4, 2]);
          const nothing = graph.constant(Float32Array.of(NaN, 0), [2]);
          return op.add(graph, op.matMul(graph, x, zero), nothing);
        }, 4),
      ),
    'has other labels than the task': (rig) =>
      rig.addStudent(right, (manifest) => ({ ...manifest, labels: ['bright', 'dark'] })),
    'takes other images than the task': (rig) =>
      rig.addStudent(right, (manifest) => ({
        ...manifest,
        input: { ...manifest.input, width: 4, height: 1 },
      })),
  };
  for (const [what, spoil] of Object.entries(spoilt)) {
    it(`leaves the one before, and its threshold: it ${what}`, async () => {
      const rig = await openSwitchRig(directory);
      await rig.capture.append(holdoutRows(300));
      const first = await rig.addStudent(right);
      await rig.promote(first);
      const { threshold } = rig.guarantee;
      const version = await spoil(rig);

      await assert.rejects(rig.promote(version));

      assert.equal(rig.slot.peek()!.version, first);
      assert.equal(rig.registry.serving()!.version, first);
      assert.equal(rig.guarantee.threshold, threshold);
      assert.equal((await rig.slot.peek()!.predict([square(0.9)])).length, 1);
      await rig.promote(await rig.addStudent(wrong)); // The next change is not held up.
    });
  }

  it('leaves the one before when the pointer cannot be moved', async () => {
    const rig = await openSwitchRig(directory);
    const first = await rig.addStudent(right);
    await rig.promote(first);
    const second = await rig.addStudent(wrong);

    const change = rig.studentSwitch.change(
      () => second,
      () => Promise.reject(new Error('Disk full.')),
    );

    await assert.rejects(change, /Disk full/);
    assert.equal(rig.slot.peek()!.version, first);
  });
});

describe('holdout rows that come while a student is changed', () => {
  /** Promotes `next` and stops it between reading the log and scoring. */
  async function openInTheMiddle(serving: { cut: number }, next: { cut: number }) {
    const rig = await openSwitchRig(directory);
    const old = await rig.addStudent(serving);
    await rig.promote(old);
    await rig.capture.append(holdoutRows(50));
    const version = await rig.addStudent(next);
    rig.capture.reading = createGate();
    const change = rig.promote(version);
    await until('the log is being read', () => rig.capture.waiting === 1);
    const goOn = async (): Promise<void> => {
      rig.capture.reading!.open();
      await change;
      await rig.studentSwitch.settle();
    };
    return { rig, old, goOn };
  }
  const late = (count: number): CapturedRow[] =>
    Array.from({ length: count }, (_, index) => holdoutRow(500 + index));

  it('are held against the new one too, each once', async () => {
    const { rig, old, goOn } = await openInTheMiddle(right, wrong);
    const byOld = { studentVersion: old, studentLogits: Float32Array.of(1, 0) };
    const rows = late(10).map((row) => ({ ...row, ...byOld }));

    await rig.capturing(rows);
    await rig.capturing(rows.map((row) => ({ ...row, id: `${row.id}-again` })));
    await goOn();

    assert.equal(rowsSeen(rig), 60);
  });

  it('are not lost when the change fails', async () => {
    const rig = await openSwitchRig(directory);
    await rig.promote(await rig.addStudent(right));
    await rig.capturing(holdoutRows(5));
    rig.capture.reading = createGate();
    const second = await rig.addStudent(wrong);
    const change = rig.studentSwitch.change(
      () => second,
      () => Promise.reject(new Error('Disk full.')),
    );
    await until('the log is being read', () => rig.capture.waiting === 1);
    await rig.capturing(late(10));
    rig.capture.reading.open();
    await assert.rejects(change);
    await rig.studentSwitch.settle();

    assert.equal(rowsSeen(rig), 15);
  });

  it('are counted by the watch once, though the same student is bound again', async () => {
    const rig = await openSwitchRig(directory);
    const version = await rig.addStudent(right);
    await rig.capture.append(holdoutRows(300));
    await rig.promote(version);
    assert.notEqual(rig.guarantee.threshold, null);
    rig.capture.reading = createGate();
    const rebound = rig.studentSwitch.rebind();
    await until('the log is being read', () => rig.capture.waiting === 1);

    // One answer that differs is no alarm (3.4 < 10), the same one twice would be (19.5).
    const [logits] = await rig.slot.peek()!.predict([square(1)]);
    const differs = holdoutRow(700, {
      input: square(1),
      route: 'student',
      reason: 'confident',
      studentVersion: version,
      studentLogits: logits!,
      teacherLabel: 0,
    });
    await rig.capturing([differs]);
    rig.capture.reading.open();
    await rebound;
    await rig.studentSwitch.settle();
    await turnsOfTheLoop();

    assert.deepEqual(
      rig.events.map(({ kind }) => kind),
      ['certificate-won'],
    );
  });
});

describe('holdout rows that the serving student did not answer', () => {
  it('are scored by it, and count as evidence', async () => {
    const rig = await openSwitchRig(directory);
    await rig.promote(await rig.addStudent(right));

    await rig.capturing(holdoutRows(7, { studentVersion: 'v9-00000009' }));
    await rig.studentSwitch.settle();

    assert.equal(rowsSeen(rig), 7);
  });

  it('are announced as lost when they cannot be scored', async () => {
    const rig = await openSwitchRig(directory);
    await rig.promote(await rig.addStudent(right));

    await rig.capturing(holdoutRows(3, { input: pixelInput(1, 2) })); // Of another task's shape.
    await rig.studentSwitch.settle();

    assert.deepEqual(rig.lost, [3]);
    await rig.capturing([holdoutRow(9)]);
    await rig.studentSwitch.settle();
    assert.equal(rowsSeen(rig), 1);
  });

  it('are nothing where there is no student', async () => {
    const rig = await openSwitchRig(directory);

    await rig.capturing(holdoutRows(3));
    await rig.studentSwitch.rebind();

    assert.deepEqual([rowsSeen(rig), rig.lost], [0, []]);
  });
});

describe('what a threshold is bound to', () => {
  it('is the student and what is done before and after it, input, labels and teacher', async () => {
    const rig = await openSwitchRig(directory);
    await rig.promote(await rig.addStudent(right));
    const student = rig.slot.peek()!;
    const teacher = new FakeTeacher();
    const parts = { spec: squareTask, student, teacher };
    const { manifest } = student;
    const changes: readonly Partial<Parameters<typeof bindingOf>[0]>[] = [
      ...[
        { temperature: 2, score: 'top-probability' as const },
        { temperature: 1, score: 'margin' as const },
      ].map((calibration) => ({ student: { ...student, manifest: { ...manifest, calibration } } })),
      {
        student: {
          ...student,
          manifest: { ...manifest, model: { ...manifest.model, sha256: 'f'.repeat(64) } },
        },
      },
      {
        student: {
          ...student,
          manifest: { ...manifest, preprocess: { ...asTheyAre(squareTask.input), scale: 255 } },
        },
      },
      { student: { ...student, manifest: { ...manifest, output: { kind: 'probabilities' } } } },
      {
        student: {
          ...student,
          manifest: { ...manifest, model: { ...manifest.model, outputName: 'scores' } },
        },
      },
      {
        student: {
          ...student,
          manifest: {
            ...manifest,
            files: [{ file: 'tokenizer.json', sha256: 'e'.repeat(64), bytes: 9 }],
          },
        },
      },
      { spec: { ...squareTask, labels: ['bright', 'dark'] } },
      { spec: { ...squareTask, input: { ...squareTask.input, width: 4, height: 1 } } },
      { teacher: Object.assign(new FakeTeacher(), { version: 't2-00000002' }) },
    ];

    const names = [parts, ...changes.map((change) => ({ ...parts, ...change }))].map(bindingOf);

    assert.equal(new Set(names).size, changes.length + 1);
  });
});
