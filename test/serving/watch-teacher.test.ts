import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { InvalidInputError } from '../../src/errors.js';
import type { TaskJson } from '../../src/http/api-types.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { watchTeacher } from '../../src/serving/watch-teacher.js';
import { LiveCaller } from '../../src/task/caller.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { certifiedGuarantee } from '../support/certified.js';
import { unlimitedBudget } from '../support/predict-rig.js';
import { seededDraw } from '../support/seeded-draw.js';
import { askFor, openSquares, type ServedTaskOptions } from '../support/served-task.js';
import { policy, square, squareTask } from '../support/square-task.js';
import { teacherCheck } from '../support/teacher-check.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const directory = temporaryDirectory();
const caller = new LiveCaller();
const everyRow = { coldHoldoutRate: 1, holdoutRate: 1 };
/** What the student says too: it is cut at a half. */
const rightLabel = (pixels: Float32Array): number => Number(pixels[0]! > 0.5);

async function open(options: ServedTaskOptions) {
  const opened = await openSquares(directory, { students: [{ cut: 0.5 }], ...options });
  const { task, capture } = opened;
  after(() => task.close());
  const areChecked = options.policy?.reaskRate === 1;
  let sent = 0;
  /** Sends different rows, a few at a time: so many checks may wait. */
  async function send(rows: number): Promise<void> {
    for (const end = sent + rows; sent < end;) {
      const inputs = Array.from({ length: Math.min(20, end - sent) }, () =>
        square((sent * 0.618_033_988_75) % 1, sent++ / 10_000),
      );
      await task.predict(askFor(inputs), caller);
      await until('every row has its label', () => capture.rows.length >= sent);
      if (areChecked) await until('they are checked', () => capture.checks.length >= sent);
    }
  }
  const told = async (): Promise<TaskJson> => task.describe();
  return { ...opened, send, told };
}
const whyOf = ({ certificate }: TaskJson): string =>
  certificate.kind === 'certified' ? 'certified' : certificate.why;

describe('a task whose teacher disagrees with itself', () => {
  const draw = seededDraw(3);
  const unsteady = (): FakeTeacher =>
    new FakeTeacher((pixels) => (draw() < 0.2 ? 1 - rightLabel(pixels) : rightLabel(pixels)));

  it('shows how often, and says first of all that the target is below that floor', async () => {
    const { send, told, metrics } = await open({
      teacher: unsteady(),
      policy: { ...everyRow, reaskRate: 1 },
    });
    await send(300);

    const described = await told();

    const { selfAgreement, riskFloor, changedAtMs } = described.teacher;
    // Two answers are equal on 0.8^2 + 0.2^2 = 68 %; the best student differs on 20 %.
    assert.equal(selfAgreement!.rows, 300);
    assert.ok(selfAgreement!.low < 0.68 && selfAgreement!.high > 0.68);
    assert.ok(riskFloor > 0.05 && riskFloor < 0.2, `${riskFloor}`);
    assert.equal(changedAtMs, null);
    assert.match(
      whyOf(described),
      /^The teacher disagrees with itself on .* A target of 5 % is below that floor: set riskMax /,
    );
    assert.match(await metrics.text(), /understudy_teacher_checks_total\{.*"different"\} \d\d/);
    // 300 rows, and two answers more for each: all of them are paid for.
    assert.ok(Math.abs(described.totals.costUsd - 900 * 0.01) < 0.2, `${described.totals.costUsd}`);
  });

  it('refuses such a target, and takes one above it', async () => {
    const { send, told, task, policyFile } = await open({
      teacher: unsteady(),
      policy: { ...everyRow, reaskRate: 1, riskMax: 0.4 },
    });
    await send(300);

    await assert.rejects(task.updatePolicy({ riskMax: 0.01 }), (error: Error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, /^The teacher disagrees with itself .* target of 1 % is below/);
      assert.equal(error.details['field'], 'riskMax');
      return true;
    });
    assert.equal(await policyFile.read(), null);
    await task.updatePolicy({ exploreRate: 0.5 });
    await task.updatePolicy({ riskMax: 0.3 });

    assert.equal((await told()).policy.riskMax, 0.3);
  });
});

describe('a task whose teacher changes under its name', () => {
  it('has no certificate any more, and says why', async () => {
    const answers = { of: rightLabel };
    const teacher = new FakeTeacher((pixels) => answers.of(pixels));
    const { task, send, told, log, metrics } = await open({
      teacher,
      policy: everyRow,
    });
    await send(420);
    assert.equal((await told()).certificate.kind, 'certified');
    await task.updatePolicy({ reaskRate: 1 });

    answers.of = (pixels) => 1 - rightLabel(pixels);
    await send(60);
    await until('the change is seen', () => log.of('teacher-changed').length === 1);

    const described = await told();
    assert.match(whyOf(described), /^Rows that teacher oracle was asked about again show that it /);
    assert.match(whyOf(described), /under the same version, t1-00000001: .* proves nothing now\./);
    assert.ok(described.teacher.changedAtMs! > 1_700_000_000_000);
    assert.match(await metrics.text(), /understudy_teacher_changed_total\{task="squares"\} 1/);
    const kinds = task.timeline(100).events.map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'teacher-changed').length, 1);
    // What it learnt of the former one proves nothing: it counts the rows of the new one alone.
    assert.ok(described.certificate.kind === 'not-certified');
    assert.ok(described.certificate.holdoutRows < 60);
  });

  it('is known again after a restart, also of a gateway killed before it could act', async () => {
    const capture = new MemoryCapture();
    const changed = { newLabels: [0, 0] as const };
    for (let mark = 0; mark < 20; mark++)
      await capture.appendCheck(teacherCheck(mark, mark < 14 ? changed : {}));
    const outside = { spec: squareTask, holdoutKey: new Uint8Array(32), now: () => 3e12 };
    const open = async (guarantee = certifiedGuarantee(0.9, { policy })) => {
      const bus = createTaskBus();
      const teacher = new FakeTeacher();
      const wired = { bus, guarantee, teacher, budget: unlimitedBudget };
      const { selfAgreement } = await watchTeacher({ ...outside, capture }, wired);
      return { guarantee, selfAgreement };
    };

    const { guarantee, selfAgreement } = await open();
    const steady = certifiedGuarantee(0.9, { policy });
    await watchTeacher(
      { ...outside, capture: new MemoryCapture() },
      {
        bus: createTaskBus(),
        guarantee: steady,
        teacher: new FakeTeacher(),
        budget: unlimitedBudget,
      },
    );

    assert.equal(selfAgreement.changedAtMs(), teacherCheck(13).checkedMs);
    assert.equal(guarantee.threshold, null);
    assert.equal(steady.threshold, 0.9);
    assert.equal(selfAgreement.interval()!.rows, 6);
  });
});
