import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { TaskJson } from '../../http/api-types.js';
import { PickImage } from './pick-image.js';
import type { TypedKind } from './typed-kind.js';

interface Props {
  readonly task: TaskJson;
  readonly kind: TypedKind;
  readonly typed: string;
  /** Of the real input that stands there; null for one's own. */
  readonly sampleLabel: string | null;
  readonly onType: (text: string) => void;
  readonly onAsk: () => void;
  readonly onSample: () => void;
  readonly children: ComponentChildren;
}

/** The field of an input, with what fills and sends it. */
export function TypedForm({ task, kind, typed, onType, onAsk, ...props }: Props) {
  const field = useId();
  const { example } = kind;
  return (
    <form
      class="draw-input"
      onSubmit={(event) => {
        event.preventDefault();
        onAsk();
      }}
    >
      <label class="caption" for={field}>
        {kind.name}
      </label>
      <textarea
        id={field}
        class={`typed ${task.input.kind === 'text' ? '' : 'mono'}`}
        rows={8}
        spellcheck={false}
        placeholder={kind.placeholder}
        value={typed}
        {...(kind.charsMax === null ? {} : { maxLength: kind.charsMax })}
        onInput={(event) => onType(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onAsk();
        }}
      />
      {props.sampleLabel !== null && (
        <p class="caption">A real input, labelled {props.sampleLabel}</p>
      )}
      <div class="typed-actions">
        <button type="submit" class="button is-primary" disabled={typed.trim() === ''}>
          Ask
        </button>
        {example !== null && (
          <button type="button" class="button" onClick={() => onType(example)}>
            Example
          </button>
        )}
        {task.input.kind === 'image' && <PickImage size={task.input} onImage={onType} />}
        {task.hasSamples && (
          <button type="button" class="button" onClick={props.onSample}>
            Take a real one
          </button>
        )}
      </div>
      {props.children}
    </form>
  );
}
