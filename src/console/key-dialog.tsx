import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { keepApiKey } from './api-key.js';
import type { Failure } from './failure.js';

interface Props {
  /** Why the gateway shows nothing; null when it does, and another key shall be used. */
  readonly refusal: Failure | null;
  readonly onUsed: () => void;
  readonly onCancel: () => void;
}

/** Asks for the key of a gateway that has keys. Without one there is nothing to go back to. */
export function KeyDialog({ refusal, onUsed, onCancel }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [key, setKey] = useState('');
  useEffect(() => {
    const shown = dialog.current!;
    shown.showModal();
    return () => shown.close();
  }, []);

  function use(event: Event): void {
    event.preventDefault();
    keepApiKey(key.trim());
    setKey('');
    onUsed();
  }
  /** A second Escape closes any dialog, whatever `cancel` is answered. */
  function onClose(): void {
    if (refusal === null) onCancel();
    else if (dialog.current?.isConnected === true) dialog.current.showModal();
  }
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{refusal === null ? 'Use another key' : 'This gateway asks for a key'}</h2>
      {refusal !== null && <p role="status">{wordsOf(refusal)}</p>}
      <form class="key-form" onSubmit={use}>
        <label>
          API key
          <input
            type="password"
            autocomplete="off"
            required
            pattern="\s*[!-~]+\s*"
            title="Letters, digits and signs, without spaces"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <p class="caption">
          To look, it needs the scope read; to ask, predict; to choose who answers, override; to
          distil, promote and change the policy, operate. This tab forgets it when it is closed.
        </p>
        <div class="dialog-actions">
          {refusal === null && (
            <button type="button" class="button" onClick={onCancel}>
              Cancel
            </button>
          )}
          <button type="submit" class="button is-primary">
            Use this key
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** What the gateway says to those without any key is meant for programs. */
const wordsOf = ({ details, detail }: Failure): string =>
  details.some(([, value]) => value === 'no-key')
    ? 'Whoever runs it can make you one: understudy key NAME.'
    : detail;
