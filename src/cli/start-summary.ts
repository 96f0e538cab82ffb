import type { TaskJson } from '../http/api-types.js';
import { percentSet } from '../task/percent.js';

export interface ServedSource {
  readonly task: TaskJson;
  /** A request body that can be sent as it is, or null. */
  readonly exampleFile: string | null;
}

export interface ShownAccess {
  /** Null: there are no keys. */
  readonly keysFile: string | null;
  /** Only programs of this machine can reach the gateway. */
  readonly isLocal: boolean;
}

/** What a newcomer needs to know once the gateway listens: what is served, where, what to try. */
export function summaryOf(
  url: string,
  served: readonly ServedSource[],
  access: ShownAccess,
): string {
  const [first] = served;
  if (first === undefined) return `Understudy serves no task at ${url}.`;
  return [
    '',
    `Understudy serves ${served.length} task${served.length === 1 ? '' : 's'} at ${url}`,
    '',
    ...served.flatMap(({ task }) => linesOf(task)),
    `Open ${url}/ in a browser, or try in another terminal:`,
    predictCommand(url, first, access),
    `  npx understudy distil ${first.task.name}`,
    `  npx understudy students ${first.task.name}`,
    '',
    accessLine(access),
    `Metrics: ${url}/metrics   Stop: Ctrl-C`,
    '',
  ].join('\n');
}

function linesOf(task: TaskJson): string[] {
  const { student, teacher, policy } = task;
  const times = workRatio(teacher.multiplyAdds, student?.multiplyAdds ?? null);
  const ratio = times === null ? '' : `, ${times}x the work`;
  return [
    `  ${task.name}: ${task.title}`,
    `    student  ${student === null ? 'none yet' : `${student.version}, ${student.architecture}`}`,
    `    teacher  ${teacher.name}, ${teacher.architecture}${ratio}`,
    ...promiseLines(policy),
    ...task.refusedProviders.map(({ why }) => `    note     ${why}`),
    `    now      ${nowWords(task)}`,
    '',
  ];
}

/** None where the policy's mode makes none. */
function promiseLines({ mode, riskMax, delta }: TaskJson['policy']): string[] {
  if (mode === 'budget' || mode === 'student') return [];
  return [
    `    promise  at most ${percentSet(riskMax)} of the student's answers differ from the ` +
      `teacher's, with ${percentSet(1 - delta)} certainty`,
  ];
}

function nowWords({ policy: { mode }, certificate }: TaskJson): string {
  if (mode === 'teacher') return 'the teacher answers everything, as policy.mode says';
  const { kind } = certificate;
  if (mode === 'shadow') {
    const would = kind === 'certified' ? 'would answer in part' : 'would answer nothing yet';
    return `the teacher answers everything; the student is scored, and ${would}`;
  }
  if (certificate.kind === 'certified')
    return `the student answers from confidence ${certificate.threshold.toFixed(3)} on`;
  return mode === 'risk' ? `the teacher answers everything. ${certificate.why}` : certificate.why;
}

function accessLine({ keysFile, isLocal }: ShownAccess): string {
  if (keysFile !== null)
    return `Keys: asked for, as ${keysFile} says; commands take theirs from UNDERSTUDY_API_KEY.`;
  const setIt = 'Set UNDERSTUDY_KEYS_FILE: README.md, Keys.';
  if (isLocal) return `Keys: none. Every program on this machine may ask and change all. ${setIt}`;
  return (
    'WARNING: there are no keys, and other machines can reach this address: whoever does may ' +
    `ask, read and change everything. ${setIt}`
  );
}

/** Null where nobody has counted the work of both. */
const workRatio = (teacher: number | null, student: number | null): number | null =>
  teacher === null || student === null ? null : Math.round(teacher / student);

/** Shown relative to where the reader is, when it lies below. */
function predictCommand(
  url: string,
  { task, exampleFile }: ServedSource,
  { keysFile }: ShownAccess,
): string {
  const key = keysFile === null ? '' : ' -H "authorization: Bearer $UNDERSTUDY_API_KEY"';
  const predict = `${url}/v1/tasks/${task.name}/predict`;
  if (exampleFile === null) return `  curl -s${key} ${url}/v1/tasks/${task.name}`;
  return `  curl -s${key} ${predict} -H 'content-type: application/json' -d @${exampleFile}`;
}
