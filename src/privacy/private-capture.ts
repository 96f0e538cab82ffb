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
    ...capture,
    append: (rows) => capture.append(rows.map(keep)),
    addNew: (rows) => capture.addNew(rows.map(keep)),
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
