import type { Failure } from '../failure.js';

/** Says what failed, why, and what to change. */
export function ProblemNote({ failure }: { readonly failure: Failure }) {
  const { title, detail, details, code, isRetryable, kind } = failure;
  return (
    <div class="problem" role="alert">
      <p class="problem-title">{title}</p>
      <p>{detail}</p>
      {details.length > 0 && (
        <dl class="facts">
          {details.map(([name, value]) => [
            <dt key={`${name} name`}>{name}</dt>,
            <dd key={name} class="mono">
              {value}
            </dd>,
          ])}
        </dl>
      )}
      {kind === 'problem' && (
        <p class="caption">
          {isRetryable ? 'Trying again may help.' : 'Trying again without a change will not help.'}
          {code !== null && (
            <>
              {' '}
              Code <code>{code}</code>
            </>
          )}
        </p>
      )}
    </div>
  );
}
