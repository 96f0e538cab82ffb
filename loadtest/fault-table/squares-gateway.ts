import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { composeGateway, type Gateway } from '../../src/compose.js';
import { loadConfig } from '../../src/config/load-config.js';
import { parseTaskConfig } from '../../src/config/task-config.js';
import type { AnswerJson } from '../../src/http/api-types.js';
import type { BundleManifest } from '../../src/registry/bundle.js';
import { encodeImage } from '../../src/task/image-codec.js';
import { callerOf } from '../../src/task/caller.js';
import type { TaskService } from '../../src/task/task-service.js';
import type { Input, TensorInput } from '../../src/task/task.js';
import { encodeTensors } from '../../src/task/tensor-codec.js';
import { silentLog } from '../../src/telemetry/log.js';
import { writeSquareBundle } from '../../test/support/square-bundle.js';
import { sureSquare, unsureSquare, writeSquaresFile } from '../../test/support/squares-file.js';
import type { Protocol } from './fault-replies.js';
import { chatKey } from './json-teacher.js';

/** The breaker's state while faults are injected, as a task file keeps it there. */
export const breakers = {
  closed: { callsMin: 10_000 },
  open: { callsMin: 3, openMs: 600_000, openMsMax: 600_000 },
  'half-open': { callsMin: 3, openMs: 50, openMsMax: 50, probes: 1 },
} as const;
export type BreakerUnderTest = keyof typeof breakers;
export const breakerStates = Object.keys(breakers) as readonly BreakerUnderTest[];

/** How a task has its teacher, and what it does while that can not be used. */
export interface Setup {
  readonly kind: Protocol;
  readonly onTeacherFailure: 'degraded' | 'error';
}
export const setups: readonly Setup[] = [
  { kind: 'http', onTeacherFailure: 'degraded' },
  { kind: 'http', onTeacherFailure: 'error' },
  { kind: 'oip', onTeacherFailure: 'degraded' },
  { kind: 'openai', onTeacherFailure: 'degraded' },
];

/** Later the teacher counts as silent, ms. */
export const teacherTimeoutMs = 400;

export const taskNameOf = ({ kind, onTeacherFailure }: Setup, state: BreakerUnderTest): string =>
  `squares-${kind}-${onTeacherFailure}-${state}`;

function teacherOf({ kind }: Setup, port: number): Readonly<Record<string, unknown>> {
  const url = `http://127.0.0.1:${port}`;
  switch (kind) {
    case 'http':
      return {
        ...{ kind, url: `${url}/` },
        request: { image: 'numbers', rows: 'many', body: { inputs: '{{inputs}}' } },
        answer: { rows: '/rows', label: '/label', scores: '/scores' },
      };
    case 'oip':
      return {
        ...{ kind, url, model: 'squares' },
        input: { name: 'image', datatype: 'FP32', shape: [-1, 1, 2, 2] },
        output: { name: 'scores', holds: 'probabilities' },
      };
    case 'openai':
      return {
        ...{ kind, url: `${url}/v1`, model: 'small', apiKeyEnv: 'SQUARES_KEY' },
        instructions: 'Say whether the first of the four pixels is dark or bright.',
      };
  }
}

/** A language model is sent no images: its squares are four numbers. */
const fourNumbers: TensorInput = {
  kind: 'tensor',
  tensors: [{ name: 'input', dtype: 'float32', shape: [4] }],
};
const takesNumbers = (manifest: BundleManifest): BundleManifest => ({
  ...manifest,
  model: { ...manifest.model, inputName: null },
  ...{ input: fourNumbers, preprocess: { kind: 'tensor' } },
});

/** Composes a gateway with a task for each setup and state of the breaker, behind one server. */
export async function openSquaresGateway(dir: string, port: number): Promise<Gateway> {
  const all = setups.flatMap((setup) => breakerStates.map((state) => ({ setup, state })));
  const sources = all.map(async ({ setup, state }) => {
    const home = join(dir, taskNameOf(setup, state));
    const file = writeSquaresFile(home, {
      name: taskNameOf(setup, state),
      policy: {
        ...{ holdoutRate: 0.000_001, coldHoldoutRate: 1, recoveryHoldoutRate: 0.000_001 },
        ...{ exploreRate: 0, reaskRate: 0, onTeacherFailure: setup.onTeacherFailure },
      },
    });
    const task = parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    const teacher = {
      ...{ name: 'oracle', costPerRowUsd: 0.01, ...teacherOf(setup, port) },
      timeoutMs: teacherTimeoutMs,
      resilience: { breaker: breakers[state] },
    };
    const isInNumbers = setup.kind === 'openai';
    if (isInNumbers) writeSquareBundle(join(home, 'student'), {}, takesNumbers);
    const content = { ...task, teacher, ...(isInNumbers && { input: fourNumbers }) };
    await writeFile(file, stringify(content));
    return { config: parseTaskConfig(content, file), dir: home };
  });
  let ids = 0;
  const config = { ...loadConfig({}, {}), dataDir: join(dir, 'data'), port: 0 };
  return composeGateway(config, await Promise.all(sources), {
    log: silentLog,
    now: () => Date.now(),
    newId: () => `row-${ids++}`,
    consoleDir: dir,
    env: { SQUARES_KEY: chatKey },
  });
}

/** One request of one row. */
export interface Asked {
  readonly pixels: readonly number[];
  readonly isSure: boolean;
}

let marks = 0;
/** Squares that nobody has asked about; the student is sure of every second one. */
export const nextSquares = (rows: number): readonly Asked[] =>
  Array.from({ length: rows }, (_, k) => {
    const isSure = k % 2 === 0;
    const mark = marks++;
    return { isSure, pixels: isSure ? sureSquare(mark >> 1) : unsureSquare(mark) };
  });

export function predict(
  task: TaskService,
  asked: readonly Asked[],
): Promise<readonly AnswerJson[]> {
  const request = {
    inputs: asked.map(({ pixels }) => inputOf(Float32Array.from(pixels), task)),
    ...{ timeoutMs: null, hasProbabilities: false, client: null, preprocessMs: 0 },
    ...{ subject: null, isStored: true },
    route: 'auto' as const,
  };
  return task.predict(request, callerOf(new AbortController().signal));
}

const inputOf = (data: Float32Array, { spec }: TaskService): Input =>
  spec.input.kind === 'tensor'
    ? encodeTensors([{ data, dims: [data.length] }], spec.input)
    : encodeImage(data);
