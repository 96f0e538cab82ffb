import type { TaskJson } from '../http/api-types.js';

interface Props {
  readonly tasks: readonly TaskJson[];
  readonly shown: TaskJson | null;
  readonly isReachable: boolean;
  readonly onShow: (name: string) => void;
  /** Null: no key is in use. */
  readonly onChangeKey: (() => void) | null;
}

/** The name of the product, the task, and whether the gateway answers. */
export function PageHeader({ tasks, shown, isReachable, onShow, onChangeKey }: Props) {
  return (
    <header class="page-head">
      <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
        <circle class="logo-teacher" cx="19.5" cy="13" r="11" />
        <circle class="logo-student" cx="12" cy="20" r="9.5" />
      </svg>
      <h1>
        Understudy
        {shown !== null && tasks.length === 1 && <span>{shown.title}</span>}
      </h1>
      {tasks.length > 1 && (
        <label class="task-choice">
          <span class="hidden">Task</span>
          <select value={shown?.name ?? ''} onChange={(event) => onShow(event.currentTarget.value)}>
            {tasks.map(({ name, title }) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      )}
      {onChangeKey !== null && (
        <button type="button" class="button is-small" onClick={onChangeKey}>
          Change key
        </button>
      )}
      <p class={`pulse ${isReachable ? 'is-live' : 'is-lost'}`} role="status">
        <i aria-hidden="true" />
        {isReachable ? 'Live' : 'No answer, trying again'}
      </p>
    </header>
  );
}
