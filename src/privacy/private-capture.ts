import type { Capture, CapturedRow } from '../capture/capture.js';
import type { Privacy } from '../config/privacy-schema.js';
import { decodeText, encodeText } from '../task/text-codec.js';
import { createRedactor } from './redact-text.js';

/**
 * Gives a log that keeps of each input what the policy allows. Whoever captures rows goes on with
 * them as they came: the evidence of now is of what was served.
 */
export function privateCapture(capture: Capture, privacy: Privacy): Capture {
  if (privacy.inputs === 'full') return capture;
  const keep = createKeep(privacy);
  return {
    append: (rows) => capture.append(rows.map(keep)),
    addNew: (rows) => capture.addNew(rows.map(keep)),
    readTraining: (filter) => capture.readTraining(filter),
    readHoldout: (filter) => capture.readHoldout(filter),
    count: (task) => capture.count(task),
    readPage: (range) => capture.readPage(range),
    browse: (filter) => capture.browse(filter),
    eraseSubject: (task, subject) => capture.eraseSubject(task, subject),
    eraseBefore: (task, beforeMs, rowsMax) => capture.eraseBefore(task, beforeMs, rowsMax),
    findRow: (task, id) => capture.findRow(task, id),
    appendFeedback: (feedback) => capture.appendFeedback(feedback),
    readReview: (filter) => capture.readReview(filter),
    readReviewed: (filter) => capture.readReviewed(filter),
    readClients: (task, afterMs) => capture.readClients(task, afterMs),
    findUnchecked: (filter, position) => capture.findUnchecked(filter, position),
    appendCheck: (check) => capture.appendCheck(check),
    readChecks: (filter) => capture.readChecks(filter),
    holdoutDigests: (task) => capture.holdoutDigests(task),
    acquireLease: (name, owner, ttlMs) => capture.acquireLease(name, owner, ttlMs),
    releaseLease: (name, owner) => capture.releaseLease(name, owner),
    close: () => capture.close(),
  };
}

/** Makes of a row what may be kept of it. */
function createKeep({ inputs, redact, patterns }: Privacy): (row: CapturedRow) => CapturedRow {
  if (inputs === 'hash') return withoutInput;
  if (inputs === 'none')
    return (row) => ({ ...withoutInput(row), inputKept: 'none', inputHash: '' });
  const redactor = createRedactor({ builtIn: redact, own: patterns });
  return (row) => {
    const text = decodeText(row.input);
    const redacted = redactor(text);
    if (redacted === text) return row;
    if (redacted === null) return withoutInput(row); // Nobody knows what is in it.
    return { ...row, input: encodeText(redacted), inputKept: 'redacted' };
  };
}

/** Nothing is learnt from it, and no later student can be held against it. */
const withoutInput = (row: CapturedRow): CapturedRow => ({
  ...row,
  input: new Uint8Array(0),
  inputKept: 'hash',
  isTrainable: false,
});
