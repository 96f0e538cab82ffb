import type { AnswerJson, RunJson, TaskJson } from '../http/api-types.js';
import type { TimelineEventJson } from '../http/api-types-timeline.js';
import type { InputAsJson } from '../task/input-json.js';
import type { GatewayClient } from './gateway-client.js';
import type { Mark, ReplayEvent } from './replayed-row.js';
import { sendInputs } from './send-inputs.js';
import { windowStarts } from './windows.js';

export interface SendStreamOptions {
  readonly client: GatewayClient;
  /** In the order in which they are sent. */
  readonly inputs: readonly InputAsJson[];
  readonly concurrency: number;
  /** Windows that it is cut into: a mark is made at the end of each. */
  readonly windows: number;
  readonly onMark: (mark: Mark, task: TaskJson) => void;
  readonly onRun: (run: RunJson) => void;
  readonly onEvent: (event: ReplayEvent) => void;
}

export interface SentStream {
  readonly answers: readonly AnswerJson[];
  readonly marks: readonly Mark[];
  readonly events: readonly ReplayEvent[];
}

/**
 * Rows of a portion at most. Traffic takes days for what a replay sends in a minute: after each it
 * waits for what the rows have set off, labels and distillation runs, as a day of traffic would.
 */
export const portionRows = 100;

/** Sends the inputs, one a request, and writes down what the gateway did meanwhile. */
export async function sendStream(options: SendStreamOptions): Promise<SentStream> {
  const { client, inputs } = options;
  const answers: AnswerJson[] = [];
  const marks: Mark[] = [];
  const events: ReplayEvent[] = [];
  let eventsSeen: readonly TimelineEventJson[] = [];

  async function settle(): Promise<void> {
    const task = await client.settled(options.onRun);
    const mark = markOf(task, answers.length, await client.teacherRows());
    marks.push(mark);
    const shown = await client.events();
    for (const event of newOf(shown, eventsSeen)) {
      events.push({ atRow: answers.length, kind: event.kind, text: event.text });
      options.onEvent(events.at(-1)!);
    }
    eventsSeen = shown;
    options.onMark(mark, task);
  }

  await settle();
  const starts = windowStarts(inputs.length, options.windows);
  while (answers.length < inputs.length) {
    const sent = answers.length;
    const windowEnd = starts.find((start) => start > sent) ?? inputs.length;
    const portion = inputs.slice(sent, Math.min(sent + portionRows, windowEnd));
    const timed = await sendInputs({
      url: client.predictUrl,
      inputs: portion,
      concurrency: options.concurrency,
      onAnswer: () => {},
    });
    answers.push(...timed.map(({ answer }) => answer));
    await settle();
  }
  return { answers, marks, events };
}

/** The gateway shows its newest events: those behind the last one that was seen are new. */
function newOf(
  shown: readonly TimelineEventJson[],
  seen: readonly TimelineEventJson[],
): readonly TimelineEventJson[] {
  const last = seen.at(-1);
  if (last === undefined) return shown;
  const place = shown.findLastIndex(
    ({ atMs, kind, text }) => atMs === last.atMs && kind === last.kind && text === last.text,
  );
  return shown.slice(place + 1);
}

const markOf = (task: TaskJson, rows: number, teacherRows: number): Mark => ({
  rows,
  teacherRows,
  costUsd: task.totals.costUsd,
  threshold: task.certificate.kind === 'certified' ? task.certificate.threshold : null,
  studentVersion: task.student?.version ?? null,
});
