import type { ComponentChildren } from 'preact';

interface Props {
  readonly name: string;
  /** What the word means, for hovering. */
  readonly meaning: string;
  readonly value: string;
  readonly note: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** One number that matters, with the word explained and what it rests on. */
export function StatTile({ name, meaning, value, note, children }: Props) {
  return (
    <div class="tile">
      <p class="tile-name" title={meaning}>
        {name}
      </p>
      <p class="tile-value">{value}</p>
      <div class="tile-figure">{children}</div>
      <p class="caption">{note}</p>
    </div>
  );
}
