import { useState } from 'preact/hooks';
import type { StudentJson, TaskJson } from '../../http/api-types.js';
import { promote, rollBack } from '../api.js';
import { failureOf } from '../failure.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { Panel } from '../parts/panel.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useFailure } from '../use-failure.js';
import { VersionsTable } from './versions-table.js';

interface Props {
  readonly task: TaskJson;
  /** Newest first; null before the first answer. */
  readonly students: readonly StudentJson[] | null;
  readonly nowMs: number;
  readonly onChange: () => void;
}

interface Change {
  readonly kind: 'promote' | 'roll-back';
  readonly version: string;
}

/** Every student version with its evaluation; one of them serves. */
export function VersionsPanel({ task, students, nowMs, onChange }: Props) {
  const [asked, setAsked] = useState<Change | null>(null);
  const [isChanging, setIsChanging] = useState(false);
  const [failure, setFailure] = useFailure();
  const previous = students?.find(({ state }) => state === 'previous');

  async function change({ kind, version }: Change): Promise<void> {
    setAsked(null);
    setFailure(null);
    setIsChanging(true);
    try {
      await (kind === 'promote' ? promote(task.name, version) : rollBack(task.name));
    } catch (error) {
      setFailure(failureOf(error));
    } finally {
      setIsChanging(false);
      onChange();
    }
  }
  return (
    <Panel
      title="Versions"
      class="versions-panel"
      hint="newest first"
      actions={
        <button
          type="button"
          class="button"
          disabled={previous === undefined || isChanging}
          title={previous === undefined ? 'There is no previous version' : ''}
          onClick={() =>
            previous !== undefined && setAsked({ kind: 'roll-back', version: previous.version })
          }
        >
          Roll back{previous === undefined ? '' : ` to ${shortOf(previous.version)}`}
        </button>
      }
    >
      {failure !== null && <ProblemNote failure={failure} />}
      {students?.length === 0 && (
        <p class="empty">There is no student yet: the first distillation makes one.</p>
      )}
      {students !== null && students.length > 0 && (
        <VersionsTable
          students={students}
          riskMax={task.policy.riskMax}
          nowMs={nowMs}
          isChanging={isChanging}
          onPromote={(version) => setAsked({ kind: 'promote', version })}
        />
      )}
      {asked !== null && (
        <ConfirmChange
          asked={asked}
          serving={task.student?.version ?? 'no student'}
          onConfirm={() => void change(asked)}
          onCancel={() => setAsked(null)}
        />
      )}
    </Panel>
  );
}

interface ConfirmChangeProps {
  readonly asked: Change;
  readonly serving: string;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

function ConfirmChange({ asked, serving, onConfirm, onCancel }: ConfirmChangeProps) {
  const isPromotion = asked.kind === 'promote';
  return (
    <ConfirmDialog
      title={isPromotion ? `Promote ${asked.version}?` : `Roll back to ${asked.version}?`}
      action={isPromotion ? 'Promote' : 'Roll back'}
      onConfirm={onConfirm}
      onCancel={onCancel}
    >
      <p>
        It answers from the next request on, in place of {serving}. Its threshold is fitted from
        holdout rows at once; until one is certified, the teacher answers everything.
      </p>
    </ConfirmDialog>
  );
}

/** `v2-06890900` -> `v2`. */
const shortOf = (version: string): string => version.split('-')[0] ?? version;
