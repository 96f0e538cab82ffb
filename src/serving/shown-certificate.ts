import type { CertificateJson } from '../http/api-types.js';
import type { Guarantee } from './guarantee.js';

/** Where the policy's mode lets the student answer by another rule, no risk is promised. */
export function shownCertificate({ policy, certificate }: Guarantee): CertificateJson {
  const why = unpromised[policy.mode];
  if (why === undefined) return certificate;
  const counted = certificate.kind === 'certified' ? certificate.rows : certificate.holdoutRows;
  return {
    kind: 'not-certified',
    why,
    holdoutRows: counted,
    nextFitAtRows: certificate.kind === 'certified' ? counted : certificate.nextFitAtRows,
    labels: certificate.labels,
  };
}

const unpromised: Readonly<Partial<Record<Guarantee['policy']['mode'], string>>> = {
  budget:
    'In mode budget the money decides who answers, and no risk is certified. The agreement that ' +
    'it buys is measured on holdout rows.',
  student:
    'In mode student the student answers everything, and no risk is certified. Its agreement ' +
    'with the teacher is measured on holdout rows.',
};
