import type { TaskJson } from '../http/api-types.js';

export interface ServedSource {
  readonly task: TaskJson;
  /** A request body that can be sent as it is, or null. */
  readonly exampleFile: string | null;
}

/** What a newcomer needs to know once the gateway listens: what is served, where, what to try. */
export function summaryOf(url: string, served: readonly ServedSource[]): string {
  const [first] = served;
  if (first === undefined) return `Understudy serves no task at ${url}.`;
  return [
    '',
    `Understudy serves ${served.length} task${served.length === 1 ? '' : 's'} at ${url}`,
    '',
    ...served.flatMap(({ task }) => linesOf(task)),
    'Try:',
    `  open ${url}/`,
    predictCommand(url, first),
    `  npm run understudy -- distil ${first.task.name}`,
    '',
    `Metrics: ${url}/metrics   Stop: Ctrl-C`,
    '',
  ].join('\n');
}

function linesOf(task: TaskJson): string[] {
  const { student, teacher, certificate, policy } = task;
  const ratio =
    student === null
      ? ''
      : `, ${Math.round(teacher.multiplyAdds / student.multiplyAdds)}x the work`;
  return [
    `  ${task.name}: ${task.title}`,
    `    student  ${student === null ? 'none yet' : `${student.version}, ${student.architecture}`}`,
    `    teacher  ${teacher.name}, ${teacher.architecture}${ratio}`,
    `    promise  at most ${percent(policy.riskMax)} of the student's answers differ from the ` +
      `teacher's, with ${percent(1 - policy.delta)} certainty`,
    certificate.kind === 'certified'
      ? `    now      the student answers from confidence ${certificate.threshold.toFixed(3)} on`
      : `    now      the teacher answers everything: ${certificate.why}`,
    '',
  ];
}

/** Shown relative to where the reader is, when it lies below. */
function predictCommand(url: string, { task, exampleFile }: ServedSource): string {
  const predict = `${url}/v1/tasks/${task.name}/predict`;
  if (exampleFile === null) return `  curl -s ${url}/v1/tasks/${task.name}`;
  return `  curl -s ${predict} -H 'content-type: application/json' -d @${exampleFile}`;
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
