import { useEffect, useRef, useState } from 'preact/hooks';
import type { SamplesJson, TaskJson } from '../../http/api-types.js';
import { getSamples, predict } from '../api.js';
import { failureOf, type Failure } from '../failure.js';
import { sampleInputOf } from './sample-input.js';
import type { EdgeAnswer, EdgeStudent } from './edge-student.js';

/** One real input, answered here and by the gateway. */
export interface EdgeRow {
  readonly sample: SamplesJson['samples'][number];
  readonly here: EdgeAnswer;
  readonly gateway: {
    readonly label: string;
    /** What the gateway's student took, ms. */
    readonly studentMs: number | null;
  };
  /** Greatest difference of a label's probability. */
  readonly gap: number;
}

export interface EdgeState {
  readonly stage: 'idle' | 'loading' | 'running' | 'done';
  readonly student: Pick<EdgeStudent, 'version' | 'architecture' | 'modelBytes' | 'loadMs'> | null;
  readonly rows: readonly EdgeRow[];
  readonly failure: Failure | null;
}

/** Inputs of one look; the samples are far apart in the stream. */
export const edgeRowsMax = 24;
const strideOf = (total: number): number => Math.max(1, Math.floor(total / edgeRowsMax));

const idle: EdgeState = { stage: 'idle', student: null, rows: [], failure: null };

/**
 * Runs a version in this browser and asks the gateway about the same inputs. The runtime, 14 MB of
 * WebAssembly, is loaded at the first look only.
 */
export function useEdge(
  { name: task, input }: Pick<TaskJson, 'name' | 'input'>,
  version: string | null,
) {
  const [state, setState] = useState<EdgeState>(idle);
  const stop = useRef(new AbortController());
  useEffect(() => {
    setState(idle); // Another version serves: what is shown was another's.
    stop.current = new AbortController();
    return () => stop.current.abort();
  }, [task, version]);

  async function look(): Promise<void> {
    if (version === null) return;
    const { signal } = stop.current;
    const show = (change: Partial<EdgeState>): void => {
      if (!signal.aborted) setState((before) => ({ ...before, ...change }));
    };
    show({ ...idle, stage: 'loading' });
    let student: EdgeStudent | null = null;
    try {
      const { openEdgeStudent } = await import('./edge-student.js');
      student = await openEdgeStudent(task, version);
      const { architecture, modelBytes, loadMs } = student;
      show({ stage: 'running', student: { version, architecture, modelBytes, loadMs } });
      const rows: EdgeRow[] = [];
      for (const sample of await takeSamples(task)) {
        if (signal.aborted) break;
        rows.push(await compare({ task, kind: input.kind, version, student, sample, signal }));
        show({ rows: [...rows] });
      }
      show({ stage: 'done' });
    } catch (error) {
      show({ stage: 'idle', failure: failureOf(error) });
    } finally {
      await student?.close();
    }
  }
  return { state, look };
}

async function takeSamples(task: string): Promise<SamplesJson['samples']> {
  const { total } = await getSamples(task, { offset: 0, limit: 1 });
  const offsets = Array.from(
    { length: Math.min(edgeRowsMax, total) },
    (_, k) => k * strideOf(total),
  );
  const taken = await Promise.all(offsets.map((offset) => getSamples(task, { offset, limit: 1 })));
  return taken.flatMap(({ samples }) => samples);
}

async function compare({
  task,
  kind,
  version,
  student,
  sample,
  signal,
}: {
  readonly task: string;
  readonly kind: TaskJson['input']['kind'];
  readonly version: string;
  readonly student: EdgeStudent;
  readonly sample: EdgeRow['sample'];
  readonly signal: AbortSignal;
}): Promise<EdgeRow> {
  const body = { input: sample.input, route: 'student', probabilities: true } as const;
  const answer = await predict(task, body, signal);
  if (answer.studentVersion !== version)
    throw new Error(`The gateway answers by ${String(answer.studentVersion)} now: look again.`);
  const here = await student.answer(sampleInputOf(sample.input, kind));
  const { probabilities = {}, label, latencyMs } = answer;
  const gaps = Object.entries(here.probabilities).map(([name, probability]) =>
    Math.abs(probability - (probabilities[name] ?? 0)),
  );
  const gateway = { label, studentMs: latencyMs.student ?? null };
  return { sample, here, gateway, gap: Math.max(...gaps) };
}
