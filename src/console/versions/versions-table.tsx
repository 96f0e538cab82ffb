import type { StudentJson } from '../../http/api-types.js';
import { formatShare } from '../format.js';
import { meanings } from '../words.js';
import { VersionRow } from './version-row.js';

interface Props {
  readonly students: readonly StudentJson[];
  readonly riskMax: number;
  readonly nowMs: number;
  readonly isChanging: boolean;
  readonly onPromote: (version: string) => void;
}

/** A table on wide screens, cards on narrow ones. */
export function VersionsTable({ students, riskMax, ...shared }: Props) {
  return (
    <table class="versions">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col" title="Rows of the dataset it was trained on">
            Rows
          </th>
          <th scope="col" title={meanings.agreement}>
            Agreement
          </th>
          <th
            scope="col"
            title={`Share of holdout rows it may answer at ${formatShare(riskMax)} risk`}
          >
            Coverage
          </th>
          <th scope="col" title={meanings.golden}>
            Golden
          </th>
          <th scope="col">Model</th>
          <th scope="col">
            <span class="hidden">Actions</span>
          </th>
        </tr>
      </thead>
      {students.map((student) => (
        <VersionRow key={student.version} student={student} riskMax={riskMax} {...shared} />
      ))}
    </table>
  );
}
