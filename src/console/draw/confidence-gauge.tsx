import { formatShare } from '../format.js';
import { meanings } from '../words.js';

interface Props {
  readonly confidence: number | null;
  /** Null while no threshold is certified. */
  readonly threshold: number | null;
}

/** How sure the student was, on a scale whose right part - above the threshold - is its own. */
export function ConfidenceGauge({ confidence, threshold }: Props) {
  const sure = confidence === null ? '\u2013' : formatShare(confidence);
  const needed = threshold === null ? 'none yet' : formatShare(threshold);
  const isSure = confidence !== null && threshold !== null && confidence >= threshold;
  return (
    <div class="gauge">
      <div class="gauge-words">
        <span title={meanings.confidence}>
          Confidence <b>{sure}</b>
        </span>
        <span title={meanings.threshold}>
          Threshold <b>{needed}</b>
        </span>
      </div>
      <div
        class="gauge-track"
        role="meter"
        aria-label="Student's confidence"
        aria-valuemin={0}
        aria-valuemax={1}
        aria-valuenow={confidence ?? 0}
        aria-valuetext={`${sure}; threshold ${needed}`}
      >
        <div class="gauge-above" style={{ left: percent(threshold ?? 1) }} />
        <div
          class={`gauge-fill ${isSure ? 'is-sure' : ''}`}
          style={{ width: percent(confidence ?? 0) }}
        />
        {threshold !== null && <div class="gauge-mark" style={{ left: percent(threshold) }} />}
      </div>
    </div>
  );
}

const percent = (share: number): string => `${share * 100}%`;
