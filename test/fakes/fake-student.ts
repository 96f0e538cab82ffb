import type { BundleManifest } from '../../src/registry/bundle.js';
import type { OnnxStudent } from '../../src/student/onnx-student.js';
import { fakeManifest } from '../support/fake-bundle.js';
import { squareTask } from '../support/square-task.js';

export interface FakeStudentOptions {
  readonly version?: string;
  readonly temperature?: number;
  readonly runMs?: number;
  /** Called before each answer with what was asked; an answer waits for it, or fails with it. */
  readonly onPredict?: (
    rows: readonly Float32Array[],
    signal?: AbortSignal,
  ) => Promise<void> | void;
}

/** A student of the squares task that answers by a function of the row. */
export class FakeStudent implements OnnxStudent {
  readonly version: string;
  readonly manifest: BundleManifest;
  readonly runMs: number;
  readonly runnerKind = 'inline';
  /** Rows of every call. */
  readonly calls: (readonly Float32Array[])[] = [];
  isClosed = false;
  private readonly onPredict: NonNullable<FakeStudentOptions['onPredict']>;

  /** @param logitsOf  [inputSize] -> [classes]. */
  constructor(
    private readonly logitsOf: (row: Float32Array) => Float32Array,
    options: FakeStudentOptions = {},
  ) {
    this.version = options.version ?? 'v1-00000001';
    this.runMs = options.runMs ?? 0.1;
    this.onPredict = options.onPredict ?? (() => {});
    this.manifest = {
      ...fakeManifest(Buffer.from(this.version)),
      version: this.version,
      labels: squareTask.labels,
      input: squareTask.input,
      calibration: { temperature: options.temperature ?? 1 },
    };
  }

  async predict(
    rows: readonly Float32Array[],
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    if (this.isClosed) throw new Error(`${this.version} is closed.`);
    this.calls.push(rows);
    await this.onPredict(rows, signal);
    return rows.map(this.logitsOf);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
