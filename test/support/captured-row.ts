import type { CapturedRow } from '../../src/capture/capture.js';
import { pixelInput } from './inputs.js';

/** A plausible row to change one thing of. Its input and hash follow from its id. */
export function capturedRow(changes: Partial<CapturedRow> & { readonly id: string }): CapturedRow {
  const seed = Buffer.from(changes.id).reduce((sum, byte) => (sum * 31 + byte) % 2 ** 48, 7);
  return {
    task: 'digits',
    source: 'traffic',
    createdMs: 1_700_000_000_000,
    input: pixelInput(seed % 1000, 0.5, 1),
    inputKept: 'full',
    inputHash: seed.toString(16).padStart(16, '0'),
    route: 'teacher',
    reason: 'unsure',
    isHoldout: false,
    isTrainable: changes.isHoldout !== true,
    propensity: 1,
    holdoutRate: 0.25,
    studentVersion: 'v1-0a1b2c3d',
    studentLogits: Float32Array.of(0.1, -2.5),
    studentLabel: 0,
    studentLatencyMs: 0.75,
    confidence: 0.61,
    threshold: 0.9,
    teacherName: 'big',
    teacherVersion: 't1-aaaaaaaa',
    teacherLabel: 1,
    teacherProbabilities: Float64Array.of(0.3, 0.7),
    teacherLatencyMs: 12.25,
    costUsd: 0.0004,
    client: 'key-1',
    subject: null,
    ...changes,
  };
}
