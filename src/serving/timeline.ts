import { z } from 'zod';
import type { JsonLines } from '../files/json-lines.js';
import type { PolicyPatchJson } from '../http/api-types.js';
import type { TimelineEventJson, TimelineJson } from '../http/api-types-timeline.js';
import { percentSet } from '../task/percent.js';
import type { GuaranteeEvent } from './guarantee-parts.js';
import type { TaskBus } from './task-bus.js';

/** Events that are kept, of each task. */
export const timelineEventsMax = 1_000;

/** What a line of `timeline.jsonl` must look like. */
export const timelineEventSchema: z.ZodType<TimelineEventJson> = z.object({
  atMs: z.number(),
  kind: z.string(),
  text: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
});

export interface Timeline {
  newest(limit: number): TimelineJson;
}

type Told = Omit<TimelineEventJson, 'atMs'>;

/**
 * Writes down what happens to a task.
 *
 * @param options  onLost: called when an event could not be written; it is shown all the same, and
 *                 written with the next one.
 */
export function createTimeline(
  bus: TaskBus,
  options: {
    readonly file: JsonLines<TimelineEventJson>;
    readonly now: () => number;
    readonly onLost: (error: unknown) => void;
  },
): Timeline {
  const { file, now, onLost } = options;
  tellEvents(bus, (told) => void file.append({ atMs: now(), ...told }).catch(onLost));
  return { newest: (limit) => ({ events: file.read().slice(-limit).reverse() }) };
}

/** Puts what happened into words and values. */
function tellEvents(bus: TaskBus, tell: (told: Told) => void): void {
  bus.on('gatewayStarted', ({ student, threshold }) => {
    const details = { ...(student && { student }), ...(threshold !== null && { threshold }) };
    tell({ kind: 'gateway-started', text: startWords(student, threshold), details });
  });
  bus.on('guarantee', (event) => tell(toldGuarantee(event)));
  bus.on('teacherChanged', () =>
    tell({
      kind: 'teacher-changed',
      text: 'The teacher answers otherwise than before, under the same version.',
      details: {},
    }),
  );
  bus.on('runStarted', ({ id, trigger, compresses }) =>
    tell({
      kind: 'run-started',
      text: `Run ${id} started by ${trigger}${compresses ? `: ${compresses} in 8 bits` : ''}.`,
      details: { run: id, trigger, ...(compresses && { compresses }) },
    }),
  );
  bus.on('runEnded', ({ id, trigger, state, message, reasons, candidateVersion, compresses }) =>
    tell({
      kind: `run-${state}`,
      text: [message, ...reasons].join(' '),
      details: {
        ...{ run: id, trigger, ...(compresses && { compresses }) },
        ...(candidateVersion && { candidate: candidateVersion }),
      },
    }),
  );
  bus.on('studentChanged', (version, how, why) => {
    const answers = why === undefined ? 'answers now.' : `answers again; the one after it: ${why}`;
    const text = `${version} ${how === 'added' ? 'was added and can be promoted.' : answers}`;
    tell({ kind: `student-${how}`, text, details: { version } });
  });
  bus.on('policyChanged', (patch) =>
    tell({
      kind: 'policy-changed',
      text: `The policy was changed: ${policyWords(patch)}.`,
      details: Object.fromEntries(
        Object.entries(patch).map(([name, value]: [string, unknown]) => [name, detailOf(value)]),
      ),
    }),
  );
}

function startWords(student: string | null, threshold: number | null): string {
  if (student === null) return 'The gateway started without a student: the teacher answers.';
  const sure =
    threshold === null
      ? 'No threshold is in force: the teacher answers.'
      : `It answers from a confidence of ${threshold.toFixed(3)}.`;
  return `The gateway started with ${student}. ${sure}`;
}

function toldGuarantee(event: GuaranteeEvent): Told {
  const { kind } = event;
  if (kind !== 'certificate-won') return { kind, text: event.why, details: {} };
  const { threshold, rows, disagreements, coverage } = event.certificate;
  const text =
    `Threshold ${threshold.toFixed(3)} certified: ${disagreements} of ${rows} holdout rows ` +
    `differ. The student may answer about ${Math.round(coverage * 100)} %.`;
  return { kind, text, details: { threshold, rows, disagreements, coverage } };
}

/** `mode budget, riskMax 5 %`: every number of a policy is a share; what is not, is as in JSON. */
const policyWords = (patch: PolicyPatchJson): string =>
  Object.entries(patch)
    .map(([name, value]) => `${name} ${policyWord(value)}`)
    .join(', ') || 'nothing';

const policyWord = (value: unknown): string | number =>
  typeof value === 'number' ? percentSet(value) : detailOf(value);

const detailOf = (value: unknown): string | number =>
  typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
