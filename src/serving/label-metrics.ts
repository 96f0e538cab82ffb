import type { LabelCertificateJson } from '../http/api-types.js';
import type { Metrics } from '../telemetry/metrics.js';
import { noThreshold } from './no-threshold.js';

/**
 * Shows what is known of the targets of single labels.
 *
 * @returns a function to call before each scrape, with the targets that are promised then; those of
 *          a policy that is over are no longer shown.
 */
export function createLabelGauges(
  metrics: Metrics,
  task: string,
): (certificates: readonly LabelCertificateJson[]) => void {
  let shown: readonly Pick<LabelCertificateJson, 'label' | 'target'>[] = [];
  const set = (
    { label, target }: Pick<LabelCertificateJson, 'label' | 'target'>,
    values: { readonly certified: number | null; readonly threshold: number | null },
  ): void => {
    const labels = { task, label, target };
    metrics.set('labelCertified', labels, values.certified);
    metrics.set('labelThreshold', labels, values.threshold);
  };

  return (certificates) => {
    for (const former of shown) set(former, { certified: null, threshold: null });
    for (const certificate of certificates) {
      const { threshold } = certificate;
      set(certificate, {
        certified: Number(threshold !== null),
        threshold: threshold ?? noThreshold,
      });
    }
    shown = certificates;
  };
}
