import { useCallback, useState } from 'preact/hooks';
import { getTasks } from './api.js';
import { apiKey } from './api-key.js';
import { formatClock } from './format.js';
import { KeyDialog } from './key-dialog.js';
import { PageHeader } from './page-header.js';
import { ProblemNote } from './parts/problem-note.js';
import { TaskPage } from './task-page.js';
import { AnsweredAt } from './use-failure.js';
import { usePolled } from './use-polled.js';

const pulseMs = 1_500;

/** The whole console: chooses a task, and says when the gateway is out of reach. */
export function App() {
  const tasks = usePolled(
    useCallback(async (signal) => ({ tasks: await getTasks(signal), atMs: Date.now() }), []),
    pulseMs,
  );
  const [chosen, setChosen] = useState<string | null>(null);
  const [isChangingKey, setIsChangingKey] = useState(false);
  const { value, failure, refresh } = tasks;
  const isRefused = failure?.code === 'UNAUTHENTICATED' || failure?.code === 'FORBIDDEN';
  const served = value?.tasks ?? [];
  const shown = served.find(({ name }) => name === chosen) ?? served[0] ?? null;

  return (
    <>
      <PageHeader
        tasks={served}
        shown={shown}
        isReachable={failure === null || isRefused}
        onShow={setChosen}
        onChangeKey={apiKey() === null ? null : () => setIsChangingKey(true)}
      />
      {(isRefused || isChangingKey) && (
        <KeyDialog
          refusal={isRefused ? failure : null}
          onUsed={() => {
            setIsChangingKey(false);
            refresh();
          }}
          onCancel={() => setIsChangingKey(false)}
        />
      )}
      {shown !== null && value !== null && (
        <AnsweredAt.Provider value={value.atMs}>
          <TaskPage key={shown.name} task={shown} nowMs={value.atMs} onChange={refresh} />
        </AnsweredAt.Provider>
      )}
      {shown === null && (
        <main class="page">
          <p class="empty">
            {value === null ? 'Asking the gateway \u2026' : 'This gateway serves no task.'}
          </p>
        </main>
      )}
      {failure !== null && !isRefused && (
        <aside class="lost" aria-label="Connection">
          <ProblemNote failure={failure} />
          {value !== null && <p class="caption">What you see is of {formatClock(value.atMs)}.</p>}
        </aside>
      )}
    </>
  );
}
