import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import type { CapturedRow, RowFilter, StoredRow } from '../../src/capture/capture.js';
import type { Policy } from '../../src/config/policy-schema.js';
import { openRegistry } from '../../src/registry/registry.js';
import { noFollowers } from '../../src/serving/followers.js';
import { Guarantee } from '../../src/serving/guarantee.js';
import type { GuaranteeEvent } from '../../src/serving/guarantee-parts.js';
import { promiseInForce } from '../../src/serving/promise-in-force.js';
import { createStudentSwitch } from '../../src/serving/student-switch.js';
import { createTaskBus } from '../../src/serving/task-bus.js';
import { defaultStudentSettings, type OnnxStudent } from '../../src/student/onnx-student.js';
import { createSlot } from '../../src/student/student-slot.js';
import { unkeptThreads } from '../../src/model/model-threads.js';
import { FakeTeacher } from '../fakes/fake-teacher.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from './captured-row.js';
import type { Gate } from './gate.js';
import { policy as defaultPolicy, square, squareTask } from './square-task.js';
import { writeSquareBundle, type SquareModel } from './square-bundle.js';

/** A log whose reads of holdout rows wait until the test lets them go on. */
export class HeldCapture extends MemoryCapture {
  /** Reads begin and then wait for it; null: they do not wait. */
  reading: Gate | null = null;
  /** Reads that wait. */
  waiting = 0;

  override async readHoldout(filter: RowFilter): Promise<readonly StoredRow[]> {
    const rows = await super.readHoldout(filter);
    this.waiting++;
    await this.reading?.promise;
    this.waiting--;
    return rows;
  }
}

/** Hashes of inputs that certify (`holdoutUseOf`): their last digits are not a multiple of 6. */
const certifyingHash = (index: number): string => (6 * index + 1).toString(16).padStart(32, '0');
export const choosingHash = (index: number): string => (6 * index).toString(16).padStart(32, '0');

/** A holdout row of the squares task that no student of the test has scored. */
export const holdoutRow = (index: number, changes: Partial<CapturedRow> = {}): CapturedRow =>
  capturedRow({
    id: `row-${index}`,
    task: 'squares',
    createdMs: index + 1,
    input: square((index * 0.618_033_988_75) % 1, index),
    inputHash: certifyingHash(index),
    isHoldout: true,
    studentVersion: null,
    studentLogits: null,
    teacherVersion: 't1-00000001',
    // What a model with its cut at 0.5 says.
    teacherLabel: Number((index * 0.618_033_988_75) % 1 > 0.5),
    ...changes,
  });

export const holdoutRows = (
  count: number,
  changes: Partial<CapturedRow> = {},
): readonly CapturedRow[] =>
  Array.from({ length: count }, (_, index) => holdoutRow(index, changes));

/** On a slow machine a model stays in a thread, which would keep the process alive. */
const opened: { peek(): Pick<OnnxStudent, 'close'> | null }[] = [];
after(async () => {
  for (const slot of opened) await slot.peek()?.close();
});

/** A real registry and real models around one slot and one guarantee. */
export async function openSwitchRig(parent: string, options: { policy?: Partial<Policy> } = {}) {
  const dir = mkdtempSync(join(parent, 'switch-'));
  const policy = { ...defaultPolicy, ...options.policy };
  const bus = createTaskBus();
  const slot = createSlot<OnnxStudent>();
  opened.push(slot);
  const capture = new HeldCapture();
  const registry = await openRegistry({ dir: join(dir, 'students'), now: () => 1 });
  const events: GuaranteeEvent[] = [];
  const guarantee = new Guarantee({
    labels: squareTask.labels,
    policy,
    saved: null,
    now: () => 1_000_000,
    save: () => {},
    onEvent: (event) => events.push(event),
  });
  const lost: number[] = [];
  const studentSwitch = createStudentSwitch({
    bus,
    spec: squareTask,
    registry,
    slot,
    guarantee,
    promise: promiseInForce({
      guarantee,
      budget: { threshold: null, holdoutRate: policy.holdoutRate },
      keptOut: { share: policy.coldHoldoutRate },
    }),
    capture,
    teacher: new FakeTeacher(),
    goldenInputs: [square(0.1), square(0.9)],
    studentSettings: defaultStudentSettings,
    modelThreads: unkeptThreads,
    followers: noFollowers,
    onEvidenceLost: (rows) => lost.push(rows),
  });
  let bundles = 0;
  /** @returns the version that the registry gave it. */
  const addStudent = async (
    model: SquareModel | Uint8Array,
    change?: Parameters<typeof writeSquareBundle>[2],
  ): Promise<string> => {
    const source = writeSquareBundle(join(dir, `source-${bundles++}`), model, change);
    const added = { temperature: 1, evaluation: null, isRejected: false };
    return (await registry.add(source, added)).version;
  };
  const promote = (version: string): Promise<string> =>
    studentSwitch.change(
      () => version,
      async () => void (await registry.promote(version)),
    );
  /** Rows reach the disk, and are announced. */
  const capturing = async (rows: readonly CapturedRow[]): Promise<void> => {
    await capture.append(rows);
    bus.emit('captured', rows);
  };
  return {
    ...{ bus, slot, capture, registry, guarantee, events, lost, studentSwitch, dir },
    ...{ addStudent, promote, capturing },
  };
}
