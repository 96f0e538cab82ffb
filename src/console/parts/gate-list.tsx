import type { GateJson } from '../../http/api-types.js';

/** Every gate of a run: its verdict, and the numbers behind it. */
export function GateList({ gates }: { readonly gates: readonly GateJson[] }) {
  return (
    <ul class="gates" aria-label="Gates">
      {gates.map(({ name, isPassed, reason }) => (
        <li key={name} class={isPassed ? 'is-passed' : 'is-failed'}>
          <i role="img" aria-label={isPassed ? 'passed' : 'failed'}>
            {isPassed ? '\u2713' : '\u2715'}
          </i>
          <b>{name}</b>
          <span>{reason}</span>
        </li>
      ))}
    </ul>
  );
}
