import { promisesRisk, type Policy } from '../config/policy-schema.js';
import type { CertificateJson } from '../http/api-types.js';
import { aboutDuration } from '../task/about-duration.js';
import type { HoldoutPace } from './holdout-pace.js';
import type { TeacherAgreement } from './teacher-agreement.js';

/**
 * Adds to what is missing what the guarantee itself can not know: how long the missing rows take at
 * the present traffic, and that the teacher is too unsteady for the target.
 */
export function explainCertificate(
  certificate: CertificateJson,
  known: {
    readonly policy: Pick<Policy, 'mode' | 'riskMax'>;
    readonly selfAgreement: Pick<TeacherAgreement, 'refusalOf'>;
    readonly pace: HoldoutPace;
  },
): CertificateJson {
  const { mode, riskMax } = known.policy;
  if (certificate.kind === 'certified' || !promisesRisk(mode)) return certificate;
  const { holdoutRows, nextFitAtRows } = certificate;
  const refusal = known.selfAgreement.refusalOf(riskMax);
  const missing = Math.max(0, nextFitAtRows - holdoutRows);
  const waitMs = missing === 0 ? null : known.pace.waitMs(missing);
  const sentences = [
    ...(refusal === null ? [] : [refusal.why]),
    certificate.why,
    ...(waitMs === null
      ? []
      : [`At the present traffic the ${missing} rows take ${aboutDuration(waitMs)}.`]),
  ];
  return { ...certificate, why: sentences.join(' ') };
}
