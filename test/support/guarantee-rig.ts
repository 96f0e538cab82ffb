import assert from 'node:assert/strict';
import type { Policy } from '../../src/config/policy-schema.js';
import type { HoldoutEvidence } from '../../src/serving/evidence.js';
import { Guarantee } from '../../src/serving/guarantee.js';
import type { GuaranteeEvent } from '../../src/serving/guarantee-parts.js';
import type { SavedGuarantee } from '../../src/serving/guarantee-memory.js';
import { createEvidence, many } from './holdout-evidence.js';
import { policy, squareTask } from './square-task.js';

/** Rows that may certify, and whose answers the student did not give, or did. */
export const unserved = { isServed: false, certifies: true };
export const served = { isServed: true, certifies: true };

interface GuaranteeRigOptions {
  readonly saved?: SavedGuarantee;
  readonly policy?: Partial<Policy>;
  readonly nowMs?: number;
}

/** A guarantee whose clock stands, and what it has said and saved. */
export function openGuarantee(options: GuaranteeRigOptions = {}) {
  const events: GuaranteeEvent[] = [];
  const saves: SavedGuarantee[] = [];
  const clock = { nowMs: options.nowMs ?? 1_000_000 };
  const guarantee = new Guarantee({
    labels: squareTask.labels,
    policy: { ...policy, ...options.policy },
    saved: options.saved ?? null,
    now: () => clock.nowMs,
    save: (saved) => saves.push(structuredClone(saved)),
    onEvent: (event) => events.push(event),
  });
  return { guarantee, events, saves, clock };
}

/** A guarantee that has just won its first certificate, from 230 rows that all agree. */
export function openCertified() {
  const opened = openGuarantee();
  opened.guarantee.bind('a', many(230, createEvidence('first')));
  assert.notEqual(opened.guarantee.threshold, null);
  return opened;
}

export const observeAll = (
  guarantee: Guarantee,
  rows: readonly HoldoutEvidence[],
  how = unserved,
): void => rows.forEach((row) => guarantee.observe(row, how));

/** Disagreements on rows that the student answered: two are enough at the start (19.5 >= 10). */
export function raiseAlarm(guarantee: Guarantee): void {
  const wrong = createEvidence(`wrong-${Math.abs(guarantee.evidenceAfterMs)}`);
  const rows = many(40, () => wrong({ confidence: 0.999, disagrees: true, createdMs: 2_000_000 }));
  for (const row of rows) {
    if (guarantee.threshold === null) return;
    guarantee.observe(row, served);
  }
  assert.equal(guarantee.threshold, null);
}
