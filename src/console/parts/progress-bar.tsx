interface Props {
  /** In [0, 1]. */
  readonly share: number;
  readonly label: string;
  readonly class?: string;
}

export function ProgressBar({ share, label, class: name = '' }: Props) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 1000) / 10;
  return (
    <div
      class={`progress ${name}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
    >
      <div style={{ width: `${percent}%` }} />
    </div>
  );
}
