import type { TaskJson } from '../../http/api-types.js';
import { formatCount, formatMillions, formatUsd } from '../format.js';
import { RouteKey } from '../parts/route-key.js';

/** Who the student and the teacher are, and how they compare. */
export function ModelLine({ task: { student, teacher } }: { readonly task: TaskJson }) {
  const times = student === null ? null : Math.round(teacher.multiplyAdds / student.multiplyAdds);
  return (
    <div class="models">
      <p>
        <RouteKey route="student" />{' '}
        {student === null ? (
          'none yet: the teacher answers everything'
        ) : (
          <>
            <b class="mono">{student.version}</b> {student.architecture},{' '}
            {formatMillions(student.multiplyAdds)} multiply-adds,{' '}
            {formatUsd(student.costPerRowUsd * 1e6)} per million rows
          </>
        )}
      </p>
      <p>
        <RouteKey route="teacher" /> <b class="mono">{teacher.name}</b> {teacher.architecture},{' '}
        {formatMillions(teacher.multiplyAdds)} multiply-adds
        {times === null ? '' : ` (${formatCount(times)}\u00d7)`},{' '}
        {formatUsd(teacher.costPerRowUsd * 1e6)} per million rows
      </p>
    </div>
  );
}
