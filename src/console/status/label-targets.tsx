import type { LabelCertificateJson, TaskJson } from '../../http/api-types.js';
import { formatCount, formatRows, formatShare } from '../format.js';

interface Props {
  readonly certificates: TaskJson['certificate']['labels'];
}

/** What is promised of single labels, and for each whether it is certified, or why not. */
export function LabelTargets({ certificates }: Props) {
  return (
    <ul class="label-targets" aria-label="Targets of single labels">
      {certificates.map((certificate) => (
        <Target key={`${certificate.label} ${certificate.target}`} certificate={certificate} />
      ))}
    </ul>
  );
}

function Target({ certificate }: { readonly certificate: LabelCertificateJson }) {
  const { label, target, max, delta, why } = certificate;
  return (
    <li
      class={why === null ? 'is-certified' : 'is-open'}
      data-testid="label-target"
      data-label={label}
    >
      <i aria-hidden="true">{why === null ? '\u2713' : '\u2026'}</i>
      <span>
        <b class="mono">{label}</b>: {promises[target]} at most <b>{formatShare(max)}</b>, with{' '}
        <b>{formatShare(1 - delta)}</b> certainty.{' '}
        {why === null ? certifiedWords(certificate) : `Not certified yet: ${why}`}
      </span>
    </li>
  );
}

const promises: Readonly<Record<LabelCertificateJson['target'], string>> = {
  riskMax: "of the student's answers with it, those that differ from the teacher's are",
  missMax: 'of the rows that the teacher labels so, the student answers otherwise',
};

function certifiedWords({ target, threshold, rows, failures }: LabelCertificateJson): string {
  const confidence = formatShare(threshold!);
  return target === 'riskMax'
    ? `Certified from a confidence of ${confidence}: ${formatCount(failures)} of ` +
        `${formatRows(rows)} differed.`
    : `Certified where other labels need a confidence of ${confidence}: ${formatCount(failures)} ` +
        `of ${formatRows(rows)} missed.`;
}
