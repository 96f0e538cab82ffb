import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Props {
  readonly title: string;
  /** A word or two beside the title. */
  readonly hint?: string;
  readonly class?: string;
  /** Buttons at the right of the title. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A framed part of the page with its heading. */
export function Panel({ title, hint, class: name = '', actions, children }: Props) {
  const id = useId();
  return (
    <section class={`panel ${name}`} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {hint !== undefined && <p class="caption">{hint}</p>}
        <div class="panel-actions">{actions}</div>
      </header>
      {children}
    </section>
  );
}
