import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { floatsOf } from './inputs.js';
import { square } from './square-task.js';
import { writeSquareBundle, type SquareModel } from './square-bundle.js';

export interface SquaresFileOptions {
  readonly teacherTimeoutMs?: number;
  readonly name?: string;
  readonly student?: SquareModel;
  readonly teacher?: SquareModel;
  readonly policy?: Readonly<Record<string, unknown>>;
  readonly distillation?: Readonly<Record<string, unknown>>;
  readonly serving?: Readonly<Record<string, unknown>>;
}

/**
 * Writes the squares task as files: a student and a teacher for ONNX Runtime, and its task file.
 * Where the two have their cut at 0.5, they agree on everything.
 *
 * @returns the path of the task file.
 */
export function writeSquaresFile(dir: string, options: SquaresFileOptions = {}): string {
  mkdirSync(dir, { recursive: true });
  writeSquareBundle(join(dir, 'student'), options.student ?? { steepness: 20 });
  writeSquareBundle(join(dir, 'teacher'), options.teacher ?? { steepness: 200 });
  const path = join(dir, 'task.yaml');
  const task = {
    name: options.name ?? 'squares',
    title: 'Squares',
    input: { kind: 'image', width: 2, height: 2, channels: 1 },
    labels: ['dark', 'bright'],
    student: './student',
    teacher: {
      ...{ kind: 'onnx', name: 'oracle', bundle: './teacher', costPerRowUsd: 0.01 },
      ...(options.teacherTimeoutMs === undefined ? {} : { timeoutMs: options.teacherTimeoutMs }),
    },
    policy: {
      ...{ riskMax: 0.05, holdoutRate: 0.05, coldHoldoutRate: 1, recoveryHoldoutRate: 1 },
      ...options.policy,
    },
    distillation: options.distillation ?? {},
    serving: options.serving ?? {},
  };
  writeFileSync(path, stringify(task));
  return path;
}

/** An image that no other `mark` gives; the student is sure of it, or is not. */
export const sureSquare = (mark: number): number[] => [
  ...floatsOf(square(mark % 2, (mark % 9_973) / 9_973)),
];
export const unsureSquare = (mark: number): number[] => [
  ...[
    0.5 + ((mark % 7) - 3) / 1_000,
    (mark % 9_973) / 9_973,
    Math.floor(mark / 9_973) / 1_000,
    0.5,
  ],
];
