import type { TaskJson } from '../../http/api-types.js';
import {
  formatCount,
  formatMillions,
  formatMoment,
  formatRows,
  formatShare,
  formatUsd,
} from '../format.js';
import { RouteKey } from '../parts/route-key.js';
import { batchingMeanings, meanings } from '../words.js';

/** Who the student and the teacher are, and how they compare. */
export function ModelLine({ task }: { readonly task: TaskJson }) {
  const { student, teacher, executionProvider, refusedProviders } = task;
  const times = workRatio(teacher.multiplyAdds, student?.multiplyAdds ?? null);
  return (
    <div class="models">
      <p>
        <RouteKey route="student" />{' '}
        {student === null ? (
          'none yet: the teacher answers everything'
        ) : (
          <>
            <b class="mono">{student.version}</b> {student.architecture},{' '}
            {work(student.multiplyAdds)}
            {formatUsd(student.costPerRowUsd * 1e6)} per million rows,{' '}
            <RunsLike student={student} provider={executionProvider} />
          </>
        )}
      </p>
      <p>
        <RouteKey route="teacher" /> <b class="mono">{teacher.name}</b> {teacher.architecture},{' '}
        {work(teacher.multiplyAdds)}
        {times === null ? '' : `${formatCount(times)}\u00d7 the student\u2019s, `}
        {formatUsd(teacher.costPerRowUsd * 1e6)} per million rows
        <SelfAgreement teacher={teacher} />
      </p>
      {refusedProviders.map(({ provider, why }) => (
        <p key={provider} class="refused-provider">
          <b class="mono">{provider}</b> is wanted and not used. {why}
        </p>
      ))}
    </div>
  );
}

/** Whether the teacher agrees with itself, where rows have been asked again. */
function SelfAgreement({ teacher }: { readonly teacher: TaskJson['teacher'] }) {
  const { selfAgreement, riskFloor, changedAtMs } = teacher;
  if (selfAgreement === null && changedAtMs === null) return null;
  return (
    <span title={meanings.selfAgreement} data-testid="self-agreement">
      {selfAgreement !== null &&
        `, agrees with itself on ${formatShare(selfAgreement.low)} to ` +
          `${formatShare(selfAgreement.high)} of ${formatRows(selfAgreement.rows)}`}
      {riskFloor > 0 && `: no target below ${formatShare(riskFloor)} can be kept`}
      {changedAtMs !== null && `; found to have changed ${formatMoment(changedAtMs)}`}
    </span>
  );
}

interface RunsLikeProps {
  readonly student: NonNullable<TaskJson['student']>;
  readonly provider: string;
}

/** Where the student runs, on what, and how rows share its runs. */
function RunsLike({ student, provider }: RunsLikeProps) {
  const { runsOn, runMs, runRowsMax, batching } = student;
  const place = runsOn === 'event-loop' ? 'on the event loop' : 'in threads';
  return (
    <span data-testid="runs-like">
      {runMs < 10 ? runMs.toPrecision(2) : Math.round(runMs)} ms a row {place}, {provider}, runs of
      up to {formatRows(runRowsMax)},{' '}
      <span title={batchingMeanings[batching]}>batching {batching}</span>
    </span>
  );
}

/** `0.10 million multiply-adds, `, or nothing where nobody has counted. */
const work = (multiplyAdds: number | null): string =>
  multiplyAdds === null ? '' : `${formatMillions(multiplyAdds)} multiply-adds, `;

const workRatio = (teacher: number | null, student: number | null): number | null =>
  teacher === null || student === null ? null : Math.round(teacher / student);
