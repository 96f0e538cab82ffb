import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { privacySchema, type Privacy } from '../../src/config/privacy-schema.js';
import { privateCapture } from '../../src/privacy/private-capture.js';
import { encodeText } from '../../src/task/text-codec.js';
import { describeCapture } from '../contract/capture-contract.js';
import { describeRows } from '../contract/rows-contract.js';
import { MemoryCapture } from '../fakes/memory-capture.js';
import { capturedRow } from '../support/captured-row.js';

const privacyOf = (given: object): Privacy => privacySchema.parse(given);
/** Knows of nothing personal: a log that keeps all of it does all that a log must. */
const blind = privacyOf({ inputs: 'redacted', redact: [] });
describeCapture('memory, through a policy', (now) =>
  Promise.resolve(privateCapture(new MemoryCapture(now), { ...blind, inputs: 'full' })),
);
describeRows('memory, through a policy', () =>
  Promise.resolve(privateCapture(new MemoryCapture(), { ...blind, inputs: 'full' })),
);

const row = (text: string, id = 'a') => capturedRow({ id, input: encodeText(text) });
async function kept(privacy: object, text: string) {
  const capture = new MemoryCapture();
  const given = row(text);
  await privateCapture(capture, privacyOf(privacy)).append([given]);
  assert.deepEqual(given, row(text)); // Who captures goes on with the row as it came.
  const { input, inputKept, isTrainable, inputHash } = capture.rows[0]!;
  const own = inputHash === given.inputHash;
  return { text: Buffer.from(input).toString(), inputKept, isTrainable, own };
}

describe('a log that keeps what may be kept', () => {
  const text = 'mail a@b.de';
  const table = [
    [{}, text, 'full', true, true],
    [{ inputs: 'redacted' }, 'mail [email]', 'redacted', true, true],
    [{ inputs: 'redacted', redact: [] }, text, 'full', true, true],
    [
      { inputs: 'redacted', redact: [], patterns: [{ name: 'm', regex: 'mail' }] },
      '[m] a@b.de',
      'redacted',
      true,
      true,
    ],
    [{ inputs: 'hash' }, '', 'hash', false, true],
    [{ inputs: 'none' }, '', 'none', false, false],
  ] as const;
  for (const [privacy, left, inputKept, isTrainable, own] of table)
    it(`has ${JSON.stringify(left)} under ${JSON.stringify(privacy)}`, async () => {
      let found = await kept(privacy, text);
      // A busy machine may cut short a quick pattern, too.
      for (let tries = 0; tries < 100 && found.inputKept !== inputKept; tries++)
        found = await kept(privacy, text);

      assert.deepEqual(found, { text: left, inputKept, isTrainable, own });
    });

  it('has nothing of an input that a pattern took too long for', async () => {
    const patterns = [{ name: 'x', regex: '(a+)+$' }];
    const { inputKept } = await kept({ inputs: 'redacted', patterns }, `${'a'.repeat(50)}b`);
    assert.equal(inputKept, 'hash');
  });

  it('does so with rows from elsewhere, too', async () => {
    const capture = new MemoryCapture();
    const policy = privacyOf({ inputs: 'redacted' });
    await privateCapture(capture, policy).addNew([{ ...row('a@b.de'), source: 'import' }]);
    assert.equal(Buffer.from(capture.rows[0]!.input).toString(), '[email]');
  });

  it('refuses a pattern that is none', () => {
    const patterns = [{ name: 'x', regex: '(' }];
    assert.equal(privacySchema.safeParse({ patterns }).success, false);
  });
});
