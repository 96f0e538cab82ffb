import type { BundleManifest } from '../../registry/bundle.js';

/** `trainer` in the lineage of a brought student that was trained further here. */
export const continuedTrainer = 'continued';
/** The same of a student that the embedded trainer has made from scratch. */
export const embeddedTrainer = 'embedded';

/** Somebody has brought this student, or one that it was trained from. */
export const isBrought = ({ lineage }: Pick<BundleManifest, 'lineage'>): boolean =>
  lineage?.trainer !== embeddedTrainer;
