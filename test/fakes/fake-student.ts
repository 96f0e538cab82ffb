import type { BundleManifest } from '../../src/registry/bundle.js';
import type { ScoreName } from '../../src/routing/rate-logits.js';
import { createFixedLimit, type ConcurrencyLimit } from '../../src/student/concurrency-limit.js';
import type { OnnxStudent } from '../../src/student/onnx-student.js';
import type { Waiter } from '../../src/student/student.js';
import { decodeImage } from '../../src/task/image-codec.js';
import type { Input } from '../../src/task/task.js';
import { asTheyAre, fakeManifest } from '../support/fake-bundle.js';
import { squareTask } from '../support/square-task.js';

export interface FakeStudentOptions {
  readonly version?: string;
  readonly temperature?: number;
  readonly score?: ScoreName;
  readonly runMs?: number;
  /** Called before each answer with what was asked; an answer waits for it, or fails with it. */
  readonly onPredict?: (inputs: readonly Input[], waiter?: Waiter) => Promise<void> | void;
  /** Rows that may be in flight. Default: more than a test has. */
  readonly limitRows?: number;
}

/** A student of the squares task that answers by a function of the pixels. */
export class FakeStudent implements OnnxStudent {
  readonly version: string;
  readonly manifest: BundleManifest;
  readonly runMs: number;
  readonly curve: OnnxStudent['curve'];
  readonly batching = 'exact';
  readonly runnerKind = 'inline';
  readonly provider = 'cpu';
  readonly limit: ConcurrencyLimit;
  /** Rows of every call. */
  readonly calls: (readonly Input[])[] = [];
  isClosed = false;
  private readonly onPredict: NonNullable<FakeStudentOptions['onPredict']>;

  /** @param logitsOf  [inputSize] -> [classes]. */
  constructor(
    private readonly logitsOf: (pixels: Float32Array) => Float32Array,
    options: FakeStudentOptions = {},
  ) {
    this.version = options.version ?? 'v1-00000001';
    this.runMs = options.runMs ?? 0.1;
    this.curve = [{ rows: 1, ms: this.runMs }];
    this.limit = createFixedLimit(options.limitRows ?? 4096);
    this.onPredict = options.onPredict ?? (() => {});
    this.manifest = {
      ...fakeManifest(Buffer.from(this.version)),
      version: this.version,
      labels: squareTask.labels,
      input: squareTask.input,
      preprocess: asTheyAre(squareTask.input),
      calibration: {
        temperature: options.temperature ?? 1,
        score: options.score ?? 'top-probability',
      },
    };
  }

  runRowsMax(): number {
    return 64;
  }

  queuedRows(): number {
    return 0;
  }

  async predict(inputs: readonly Input[], waiter?: Waiter): Promise<readonly Float32Array[]> {
    if (this.isClosed) throw new Error(`${this.version} is closed.`);
    this.calls.push(inputs);
    await this.onPredict(inputs, waiter);
    return inputs.map((input) => this.logitsOf(decodeImage(input, squareTask.input)));
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
