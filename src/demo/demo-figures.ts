import type { Figure } from '../files/figures-file.js';
import type { PhaseReport } from './phase-report.js';

/** How far the student's share of the answers must be higher in one phase than in another. */
export function shareRise(
  [from, to]: readonly [PhaseReport, PhaseReport],
  of: { readonly name: string; readonly pointsMin: number; readonly command: string },
): Figure {
  const { name, pointsMin, command } = of;
  const value = (to.studentShare - from.studentShare) * 100;
  return {
    figure: name,
    value,
    unit: 'points',
    target: `at least ${pointsMin}`,
    holds: value >= pointsMin,
    command,
  };
}

interface Promised {
  readonly riskMax: number;
  readonly command: string;
}

/** In every phase the student's answers must agree with the teacher as the policy promises. */
export function lowestAgreement(
  phases: readonly PhaseReport[],
  { riskMax, command }: Promised,
): Figure {
  const agreements = phases.flatMap(({ agreement }) => agreement?.estimate ?? []);
  const value = Math.min(...agreements) * 100;
  const agreementMin = (1 - riskMax) * 100;
  return {
    figure: 'lowest agreement of student answers with the teacher in a phase',
    value,
    unit: '%',
    target: `at least ${agreementMin.toFixed(1)}`,
    holds: agreements.length > 0 && value >= agreementMin,
    command,
  };
}

/** The same of all phases together: where traffic changes, a phase alone may break the promise. */
export function agreementOfAll(
  phases: readonly PhaseReport[],
  { riskMax, command }: Promised,
): Figure {
  const rows = phases.reduce((sum, { agreement }) => sum + (agreement?.rows ?? 0), 0);
  const agreeing = phases.reduce(
    (sum, { agreement }) => sum + (agreement === null ? 0 : agreement.estimate * agreement.rows),
    0,
  );
  const value = (agreeing / rows) * 100;
  const agreementMin = (1 - riskMax) * 100;
  return {
    figure: 'agreement of all student answers with the teacher',
    value,
    unit: '%',
    target: `at least ${agreementMin.toFixed(1)}`,
    holds: value >= agreementMin,
    command,
  };
}

/** What a phase has cost, of what the teacher alone would have cost. */
export function costShare(
  { costPerThousandUsd, teacherForAllPerThousandUsd }: PhaseReport,
  of: { readonly name: string; readonly percentMax: number; readonly command: string },
): Figure {
  const { name, percentMax, command } = of;
  const value = (costPerThousandUsd / teacherForAllPerThousandUsd) * 100;
  return {
    figure: name,
    value,
    unit: '%',
    target: `at most ${percentMax}`,
    holds: value <= percentMax,
    command,
  };
}

export const demoTime = (
  seconds: number,
  { secondsMax, command }: { readonly secondsMax: number; readonly command: string },
): Figure => ({
  figure: 'time of the whole demo',
  value: seconds,
  unit: 's',
  target: `under ${secondsMax}`,
  holds: seconds < secondsMax,
  command,
});
