import type { RunJson } from '../http/api-types.js';
import type { TimelineEventJson } from '../http/api-types-timeline.js';
import { createGatewayClient } from '../replay/gateway-client.js';
import { sendInputs } from '../replay/send-inputs.js';
import type { DemoPhase } from './demo-phase.js';
import { reportPhase, type PhaseReport } from './phase-report.js';

export interface StoryOptions {
  /** The gateway to tell it with. */
  readonly url: string;
  readonly task: string;
  /** Sent in turn. */
  readonly phases: readonly DemoPhase[];
  readonly concurrency: number;
  /** The teacher's label of inputs, asked for apart from the gateway: the judge of agreement. */
  readonly labelByTeacher: (inputs: readonly string[]) => Promise<readonly string[]>;
  readonly distil: () => Promise<RunJson>;
  /** Called when all rows of a phase are answered, with what has happened meanwhile. */
  readonly onPhaseEnd: (phase: DemoPhase, events: readonly TimelineEventJson[]) => void;
}

/** Sends phase by phase, and measures each from the outside. */
export async function tellStory(options: StoryOptions): Promise<readonly PhaseReport[]> {
  const { url, task, phases, concurrency } = options;
  const client = createGatewayClient(url, task);
  const reports: PhaseReport[] = [];
  let eventsTold = 0;

  for (const phase of phases) {
    const { title, rows, endsWithRun } = phase;
    const before = await client.settled(() => {});
    const inputs = rows.map(({ input }) => input);
    const answers = await sendInputs({
      url: client.predictUrl,
      inputs,
      concurrency,
      onAnswer: () => {},
    });
    const after = await client.settled(() => {});
    const events = await client.events();
    options.onPhaseEnd(phase, events.slice(eventsTold));
    eventsTold = events.length;
    reports.push(
      reportPhase({
        title,
        answers,
        trueLabels: rows.map(({ label }) => label),
        teacherLabels: await options.labelByTeacher(inputs),
        threshold: after.certificate.kind === 'certified' ? after.certificate.threshold : null,
        costUsd: after.totals.costUsd - before.totals.costUsd,
        teacherCostPerRowUsd: after.teacher.costPerRowUsd,
        delta: after.policy.delta,
      }),
    );
    if (endsWithRun) await options.distil();
  }
  return reports;
}
