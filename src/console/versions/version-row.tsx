import { useId, useState } from 'preact/hooks';
import type { StudentJson } from '../../http/api-types.js';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatMillions,
  formatMoment,
  formatShare,
} from '../format.js';
import { IntervalBar } from '../parts/interval-bar.js';
import { stateMeanings } from '../words.js';
import { VersionDetails } from './version-details.js';

interface Props {
  readonly student: StudentJson;
  readonly riskMax: number;
  readonly nowMs: number;
  readonly isChanging: boolean;
  readonly onPromote: (version: string) => void;
}

const columns = 7;

/** One version; its gates unfold below it. */
export function VersionRow({ student, riskMax, nowMs, isChanging, onPromote }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const { version, state, evaluation, createdAtMs } = student;
  const canServe = state !== 'serving' && state !== 'rejected';
  return (
    <tbody class={`version is-${state}`} data-version={version}>
      <tr>
        <th scope="row">
          <button
            type="button"
            class="unfold"
            aria-expanded={isOpen}
            aria-controls={id}
            onClick={() => setIsOpen(!isOpen)}
          >
            <span class="mono">{version}</span>
          </button>
          <span class={`badge is-${state}`} title={stateMeanings[state]}>
            {state}
          </span>
          <time class="caption" title={formatMoment(createdAtMs)}>
            {formatAgo(createdAtMs, nowMs)}
          </time>
        </th>
        <td data-name="Rows">
          {student.trainingRows === null ? '\u2013' : formatCount(student.trainingRows)}
        </td>
        <td data-name="Agreement" class="agreement">
          {evaluation === null ? (
            <span title="It came with the task and was not evaluated by a run">{'\u2013'}</span>
          ) : (
            <>
              {formatShare(evaluation.agreement.estimate)}
              <IntervalBar interval={evaluation.agreement} />
            </>
          )}
        </td>
        <td data-name="Coverage">
          {evaluation === null ? '\u2013' : formatShare(evaluation.coverage)}
        </td>
        <td data-name="Golden">
          {evaluation === null || evaluation.goldenRows === 0
            ? '\u2013'
            : formatShare(evaluation.goldenAccuracy)}
        </td>
        <ModelCell student={student} />
        <td class="version-action">
          {canServe && (
            <button
              type="button"
              class="button is-small"
              disabled={isChanging}
              aria-label={`Promote ${version}`}
              onClick={() => onPromote(version)}
            >
              Promote
            </button>
          )}
        </td>
      </tr>
      <tr id={id} class="version-details" hidden={!isOpen}>
        <td colSpan={columns}>
          {isOpen && <VersionDetails student={student} riskMax={riskMax} />}
        </td>
      </tr>
    </tbody>
  );
}

function ModelCell({ student }: { readonly student: StudentJson }) {
  const { architecture, modelBytes, multiplyAdds } = student;
  const work = multiplyAdds === null ? '' : `, ${formatMillions(multiplyAdds)} multiply-adds`;
  return (
    <td data-name="Model" class="model">
      {architecture}
      <span class="caption">
        {formatBytes(modelBytes)}
        {work}
      </span>
    </td>
  );
}
