import type { ComponentChildren } from 'preact';

interface Props {
  /** Names the chart in the style sheet. */
  readonly name: string;
  /** Columns from left to right; each is 1 wide, and the chart 100 high. */
  readonly columns: number;
  /** What the chart shows, for those who do not see it. */
  readonly label: string;
  /** Texts beside the chart, from the top down. */
  readonly axis: readonly string[];
  readonly children: ComponentChildren;
}

/** What every chart of the traffic has: its coordinates, its axis, its words. */
export function ChartFrame({ name, columns, label, axis, children }: Props) {
  return (
    <div class={`chart ${name}-chart`}>
      <svg viewBox={`0 0 ${columns} 100`} preserveAspectRatio="none" role="img" aria-label={label}>
        {children}
      </svg>
      <div class="chart-axis" aria-hidden="true">
        {axis.map((text) => (
          <span key={text}>{text}</span>
        ))}
      </div>
    </div>
  );
}

interface BarProps {
  readonly fill: string;
  readonly column: number;
  /** Both from 0 at the bottom to 100. */
  readonly top: number;
  readonly height: number;
}

/** One bar, with a little space to its neighbours. */
export function Bar({ fill, column, top, height }: BarProps) {
  return (
    <rect class={`fill-${fill}`} x={column + 0.08} y={100 - top} width={0.84} height={height} />
  );
}
