import type { NetworkTrainer, TrainingBatch } from '../../src/distillation/network-trainer.js';

/** A trainer whose only weight is the number of its steps, and whose losses the test chooses. */
export class FakeNetworkTrainer implements NetworkTrainer {
  readonly batches: TrainingBatch[] = [];
  readonly rates: number[] = [];

  constructor(private readonly lossOf: (step: number) => number = () => 1) {}

  async step(batch: TrainingBatch, learningRate: number): Promise<number> {
    this.batches.push(batch);
    this.rates.push(learningRate);
    return this.lossOf(this.batches.length - 1);
  }

  score(): Promise<Float32Array> {
    return Promise.reject(new Error('not implemented'));
  }

  weights(): Float32Array {
    return Float32Array.of(this.batches.length);
  }

  close(): Promise<void> {
    return Promise.reject(new Error('not implemented'));
  }
}
