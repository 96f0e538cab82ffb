import { setTimeout as sleep } from 'node:timers/promises';
import type { RunJson, TaskJson } from '../http/api-types.js';
import type { TimelineEventJson, TimelineJson } from '../http/api-types-timeline.js';
import { ReplayFailedError } from './replay-failed-error.js';

/** What the replay asks a gateway beside predictions. */
export interface GatewayClient {
  /** Where predictions are asked for. */
  readonly predictUrl: string;
  /**
   * The task once nothing is under way: no answered row waits for its label, no distillation runs.
   *
   * @param onRun  called while a run is going on, now and then.
   */
  settled(onRun: (run: RunJson) => void): Promise<TaskJson>;
  /** What happened, oldest first. */
  events(): Promise<readonly TimelineEventJson[]>;
  /** Rows that the teacher has labelled, for whatever reason. */
  teacherRows(): Promise<number>;
}

const pollMs = 20;
const pollRunMs = 250;
/** A run that a row has triggered shows a moment later: so many looks in a row must find none. */
const quietLooks = 2;
/** Of one question, where the connection breaks. */
const triesMax = 4;

export function createGatewayClient(url: string, task: string): GatewayClient {
  const base = `${url}/v1/tasks/${task}`;

  return {
    predictUrl: `${base}/predict`,
    async settled(onRun) {
      for (let quiet = 0; ;) {
        const [shown, { runs }] = await Promise.all([
          getJson<TaskJson>(base),
          getJson<{ runs: readonly RunJson[] }>(`${base}/distillations`),
        ]);
        const running = runs.find(({ state }) => state === 'running');
        quiet = running === undefined && shown.rows.pending === 0 ? quiet + 1 : 0;
        if (quiet === quietLooks) return shown;
        if (running !== undefined) onRun(running);
        await sleep(running === undefined ? pollMs : pollRunMs);
      }
    },
    async events() {
      const { events } = await getJson<TimelineJson>(`${base}/timeline?limit=1000`);
      return events.toReversed();
    },
    async teacherRows() {
      const text = await (await getOk(`${url}/metrics`)).text();
      const counts = text.matchAll(/^understudy_teacher_rows_total\{([^}]*)\} ([0-9.e+]+)/gm);
      return [...counts]
        .filter(([, labels]) => labels!.includes(`task="${task}"`))
        .reduce((sum, [, , count]) => sum + Number(count), 0);
    },
  };
}

async function getOk(url: string): Promise<Response> {
  const response = await getAnyhow(url);
  if (!response.ok)
    throw new ReplayFailedError(`The gateway answered ${response.status} at ${url}.`);
  return response;
}

/**
 * A connection that was idle may be closed by the gateway at the moment in which it is used again:
 * on a busy machine a replay of an hour meets that.
 */
async function getAnyhow(url: string): Promise<Response> {
  for (let left = triesMax - 1; ; left--) {
    try {
      return await fetch(url);
    } catch (error) {
      if (left === 0) throw error;
      await sleep(pollRunMs);
    }
  }
}

const getJson = async <T>(url: string): Promise<T> => (await (await getOk(url)).json()) as T;
