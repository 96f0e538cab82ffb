import { setTimeout as sleep } from 'node:timers/promises';
import type { RunJson, SamplesJson, TaskJson } from '../http/api-types.js';
import { reportPhase, type PhaseReport } from './phase-report.js';
import { sendInputs } from '../replay/send-inputs.js';

export interface StoryOptions {
  /** The gateway to tell it with. */
  readonly url: string;
  readonly task: string;
  /**
   * The stream is cut into as many equal phases; between two of them the student is re-distilled.
   */
  readonly phaseCount: number;
  readonly concurrency: number;
  /**
   * The teacher's label of base64 inputs, asked for apart from the gateway: the judge of agreement.
   */
  readonly labelByTeacher: (inputs: readonly string[]) => Promise<readonly string[]>;
  readonly distil: () => Promise<RunJson>;
  readonly onAnswer: (step: { phase: number; done: number; rows: number }) => void;
}

/** Sends the task's whole stream, phase by phase, and measures each phase from the outside. */
export async function tellStory(options: StoryOptions): Promise<readonly PhaseReport[]> {
  const { url, task, phaseCount, concurrency } = options;
  const base = `${url}/v1/tasks/${task}`;
  const stream = await readStream(base);
  const rows = Math.floor(stream.length / phaseCount);
  const reports: PhaseReport[] = [];

  for (let phase = 0; phase < phaseCount; phase++) {
    const samples = stream.slice(phase * rows, (phase + 1) * rows);
    const before = await settledTask(base);
    const inputs = samples.map(({ input }) => input as string); // Images are base64.
    const answers = await sendInputs({
      url: `${base}/predict`,
      inputs,
      concurrency,
      onAnswer: (done) => options.onAnswer({ phase, done, rows }),
    });
    const after = await settledTask(base);
    reports.push(
      reportPhase({
        answers,
        trueLabels: samples.map(({ label }) => label),
        teacherLabels: await options.labelByTeacher(inputs),
        costUsd: after.totals.costUsd - before.totals.costUsd,
        teacherCostPerRowUsd: after.teacher.costPerRowUsd,
        delta: after.policy.delta,
      }),
    );
    if (phase < phaseCount - 1) await options.distil();
  }
  return reports;
}

const samplesAtOnce = 1_000;

async function readStream(base: string): Promise<SamplesJson['samples']> {
  const samples: SamplesJson['samples'][number][] = [];
  for (;;) {
    const page = await getJson<SamplesJson>(
      `${base}/samples?offset=${samples.length}&limit=${samplesAtOnce}`,
    );
    samples.push(...page.samples);
    if (page.samples.length === 0 || samples.length >= page.total) return samples;
  }
}

/** The task once no answered row waits for its label: money spent is then money counted. */
async function settledTask(base: string): Promise<TaskJson> {
  for (;;) {
    const task = await getJson<TaskJson>(base);
    if (task.rows.pending === 0) return task;
    await sleep(50);
  }
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return (await response.json()) as T;
}
