import type { TaskJson } from '../../http/api-types.js';
import { formatCount, formatMillions, formatUsd } from '../format.js';
import { RouteKey } from '../parts/route-key.js';

/** Who the student and the teacher are, and how they compare. */
export function ModelLine({ task: { student, teacher } }: { readonly task: TaskJson }) {
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
            {formatUsd(student.costPerRowUsd * 1e6)} per million rows
          </>
        )}
      </p>
      <p>
        <RouteKey route="teacher" /> <b class="mono">{teacher.name}</b> {teacher.architecture},{' '}
        {work(teacher.multiplyAdds)}
        {times === null ? '' : `${formatCount(times)}\u00d7 the student\u2019s, `}
        {formatUsd(teacher.costPerRowUsd * 1e6)} per million rows
      </p>
    </div>
  );
}

/** `0.10 million multiply-adds, `, or nothing where nobody has counted. */
const work = (multiplyAdds: number | null): string =>
  multiplyAdds === null ? '' : `${formatMillions(multiplyAdds)} multiply-adds, `;

const workRatio = (teacher: number | null, student: number | null): number | null =>
  teacher === null || student === null ? null : Math.round(teacher / student);
