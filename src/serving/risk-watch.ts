import { createEDetector, isDetectorAlarmed, updateEDetector } from '../routing/e-detector.js';
import { createEProcess, isProcessAlarmed, updateEProcess } from '../routing/e-process.js';
import { createRecentInputs } from './recent-inputs.js';

/** Mean rows to a false drift alarm are at least 1 / alpha: one in 2 000 served holdout rows. */
const detectorAlpha = 1 / 2000;

/** What the watch has seen so far, in numbers: it goes on after a restart. */
export interface SavedWatch {
  readonly logWealths: readonly number[];
  readonly logEvidence: readonly number[];
}

export interface RiskWatch {
  /**
   * Takes one served holdout row.
   *
   * @returns true when the answers differ more often than the target allows.
   */
  isAlarmedBy(inputHash: string, disagrees: boolean): boolean;
  save(): SavedWatch;
}

/**
 * Watches a certified threshold by two tests that may be read after every row: the e-process keeps
 * the stated certainty, the e-detector is quick after a long good time.
 */
export function createRiskWatch(
  target: { readonly riskMax: number; readonly delta: number },
  saved: SavedWatch | null = null,
): RiskWatch {
  let process = createEProcess(target);
  let detector = createEDetector({ riskMax: target.riskMax, alpha: detectorAlpha });
  // Saved by a version with other bets, its numbers mean nothing, and would silence both tests.
  if (saved?.logWealths.length === process.logWealths.length) {
    process = { ...process, logWealths: saved.logWealths };
    detector = { ...detector, logEvidence: saved.logEvidence };
  }
  const recentInputs = createRecentInputs();

  return {
    isAlarmedBy(inputHash, disagrees) {
      if (!recentInputs.isNew(inputHash)) return false;
      process = updateEProcess(process, disagrees);
      detector = updateEDetector(detector, disagrees);
      return isProcessAlarmed(process, target.delta) || isDetectorAlarmed(detector);
    },
    save: () => ({ logWealths: process.logWealths, logEvidence: detector.logEvidence }),
  };
}
