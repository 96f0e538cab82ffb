import type { TrainingJson } from '../../http/api-types.js';
import { formatShare } from '../format.js';

/** What a trainer tried on the way to a student, and what came of each. */
export function TrialList({ training }: { readonly training: TrainingJson }) {
  const { notes, trials } = training;
  return (
    <details class="trials">
      <summary>How it was trained</summary>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
      <table hidden={trials.length === 0}>
        <thead>
          <tr>
            <th scope="col">Settings</th>
            <th scope="col" title="Part of a whole training that it had">
              Part
            </th>
            <th scope="col" title="On rows that it was not trained on">
              Agreement
            </th>
            <th scope="col" title="Mean over the classes">
              By class
            </th>
            <th scope="col" title="Mean squared error of its calibrated probabilities">
              Error
            </th>
            <th scope="col">Took</th>
          </tr>
        </thead>
        <tbody>
          {trials.map(({ settings, share, seconds, isChosen, ...trial }) => (
            <tr key={`${settings} ${share}`} class={isChosen ? 'is-chosen' : ''}>
              <th scope="row">
                {settings}
                {isChosen && <b> (chosen)</b>}
              </th>
              <td>{formatShare(share)}</td>
              <td>{shareOrNone(trial.agreement)}</td>
              <td>{shareOrNone(trial.balancedAgreement)}</td>
              <td>{trial.loss?.toFixed(3) ?? '-'}</td>
              <td>{seconds.toFixed(1)} s</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

const shareOrNone = (share: number | null): string => (share === null ? '-' : formatShare(share));
