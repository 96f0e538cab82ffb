import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInPatterns, createRedactor } from '../../src/privacy/redact-text.js';

const redact = createRedactor({ builtIn: builtInPatterns, own: [] });

/** Cards: test numbers of the networks. IBANs: examples of the SWIFT registry. */
const table: readonly (readonly [text: string, redacted: string])[] = [
  ['write to ann.o+x@mail.example.co.uk, please', 'write to [email], please'],
  ['jürgen@müller.de and a@b', '[email] and a@b'],
  ["'ann.o'neil+x@ex-ample.co.uk'", "'[email]'"],
  ['?to=ann%40example.com&x=1 or ann＠example.com', '?to=[email]&x=1 or [email]'],
  ['my card 4111 1111 1111 1111 is gone', 'my card [card] is gone'],
  ['5555-5555-5555-4444, 378282246310005', '[card], [card]'],
  ['from a page: 4111\u00a01111\u00a01111\u00a01111', 'from a page: [card]'],
  ['DE89\u00a03704\u202f0044 0532 0130 00, +49\u00a030\u00a0901820', '[iban], [phone]'],
  ['order 4111 1111 1111 1112', 'order 4111 1111 1111 1112'],
  ['DE89 3704 0044 0532 0130 00 is mine', '[iban] is mine'],
  ['pay GB82WEST12345698765432.', 'pay [iban].'],
  ['NO93 8601 1117 947 und mehr Text', '[iban] und mehr Text'],
  ['call +49 30 901820 or 0170/1234567', 'call [phone] or [phone]'],
  ['(415) 555-2671 and 415-555-2671', '[phone] and [phone]'],
  ['room 12, year 2024, 3.14159, 1 000 000 rows', 'room 12, year 2024, 3.14159, 1 000 000 rows'],
  ['', ''],
  // Beside other digits and letters.
  ['4111 1111 1111 1111 12/27 cvc 123', '[card] 12/27 cvc 123'],
  ['4111111111111111 12/27', '[card] 12/27'],
  ['4111 1111 1111 1111 123', '[card] 123'],
  ['order 12 5555 5555 5555 4444', 'order 12 [card]'],
  ['3782 822463 10005 12/27', '[card] 12/27'],
  ['4111-1111-1111-1111-12-27', '[card]-12-27'],
  ['4111.1111.1111.1111', '[card]'],
  ['No4111111111111111x', 'No[card]x'],
  ['4111 - 1111 - 1111 - 1111', '[card]'],
  ['9 774111\u20111111\u20131111-1111', '9 77[card]'],
  ['4111 1111.1111-1111', '[card]'],
  ['4111 1111 1111 1111@shop.example', '[card]'],
  ['LE12 8AB GB82 WEST 1234 5698 7654 32', 'LE12 8AB [iban]'],
  ['No12 GB82WEST12345698765432', 'No12 [iban]'],
  ['IBANDE89370400440532013000', 'IBAN[iban]'],
  ['DE89-3704-0044-0532-0130-00-xx', '[iban]-xx'],
  ['DE89370400440532013000EUR', '[iban]EUR'],
  // Over the ends of lines.
  ['my card 4111 1111\n1111 1111 12/27', 'my card [card] 12/27'],
  ['4111-1111-1111-\r\n   1111, x\n', '[card], x\n'],
  ['41111111\n11111111', '[card]'],
  ['no 12 411111111111\n1111\n3. next', 'no 12 [card]\n3. next'],
  ['4111 1111 11\n11 1111', '[card]'],
  ['4111\n1111\n1111\n1111\n', '[card]\n'],
  ['3782 822463\n10005', '[card]'],
  ['4111 1111 1111 1111\n5555 5555 5555 4444', '[card]\n[card]'],
  ['DE89 3704 0044\n0532 0130 00 is mine', '[iban] is mine'],
  ['DE89\r\n3704\r\n0044\r\n0532\r\n0130\r\n00\r\nx', '[iban]\r\nx'],
  ['DE893704004405\u2028  32013000.', '[iban].'],
  // With spaces that are not seen, and digits that are wide.
  ['a\u200bb 4111\u200b1111\u200b1111\u200b1111\u200b!', 'a\u200bb [card]\u200b!'],
  ['4\u20601\u200b1\ufeff1\u00ad1111\u200a1111\u20091111', '[card]'],
  ['４１１１　１１１１　１１１１　１１１１　ＯＫ', '[card]　ＯＫ'],
  ['４１１１－１１１１－１１１１－１１１１', '[card]'],
  ['DE89\u200b3704\u200b0044\u200b0532\u200b0130\u200b00', '[iban]'],
  ['ＤＥ８９３７０４００４４０５３２０１３０００', '[iban]'],
  ['ann@\u200bexample.com, ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ', '[email], [email]'],
  ['１２３ \u200b\u00a0 ４５６', '１２３ \u200b\u00a0 ４５６'],
  // A name in quotes.
  ['to "john doe"@example.com, "j.\\"d\\""@example.com', 'to [email], [email]'],
  ['{"to": "\\"john doe\\"@example.com"}', '{"to": "[email]"}'],
  ['“john doe”@example.com', '[email]'],
  ['she said "hello" @example.com', 'she said "hello" @example.com'],
  ['"a\nb"@example.com', '"a\nb"@example.com'],
  // Numbers of lists and tables, with a right check digit over the end of a line.
  ['4111 1111\n1111 1112', '4111 1111\n1111 1112'],
  ['4111111\n11111\n1111', '4111111\n11111\n1111'],
  ['4111 1111\n1111\n1111', '4111 1111\n1111\n1111'],
  ['9999 9999\n9999 9995', '9999 9999\n9999 9995'],
  ['4111 1111\n1111 1111\n2345 6789', '4111 1111\n1111 1111\n2345 6789'],
  ['41111111\n11111111\n41111112', '41111111\n11111111\n41111112'],
  ['4111 1111\n\n1111 1111', '4111 1111\n\n1111 1111'],
  ['4111.1111\n1111-1111', '4111.1111\n1111-1111'],
  ['IDE89 3704 0044\n0532 0130 00', 'IDE89 3704 0044\n[phone]'],
  // An id: no edge tells where a number would begin.
  ['x7774111111111111111777', 'x7774111111111111111777'],
];

describe('redaction', () => {
  for (const [text, redacted] of table)
    it(`makes ${JSON.stringify(redacted)} of ${JSON.stringify(text)}`, () =>
      assert.equal(redact(text), redacted));

  it('changes nothing that it has changed', () => {
    for (const [, redacted] of table) assert.equal(redact(redacted), redacted);
  });

  it('leaves what looks like an account and has a wrong checksum', () => {
    const ibans = createRedactor({ builtIn: ['iban'], own: [] });
    const text = 'DE88 3704 0044 0532 0130 00';
    assert.equal(ibans(text), text);
  });

  it('knows only what it is asked to', () => {
    const emails = createRedactor({ builtIn: ['email'], own: [] });
    assert.equal(emails('a@b.de 4111111111111111'), '[email] 4111111111111111');
  });

  it('knows patterns of the operator, before its own', () => {
    const own = [{ name: 'case', regex: 'case-\\d+' }];
    const both = createRedactor({ builtIn: ['email'], own });
    const patiently = (text: string): string | null => {
      for (let tries = 0; tries < 100; tries++) {
        const redacted = both(text);
        if (redacted !== null) return redacted;
      }
      return null;
    };
    assert.equal(patiently('case-17 of a@b.de, case-18'), '[case] of [email], [case]');
    assert.equal(patiently('nothing'), 'nothing');
  });

  it('says nothing of a text that a pattern takes too long for, and goes on', () => {
    const evil = createRedactor({ builtIn: [], own: [{ name: 'x', regex: '(a+)+$' }] });
    assert.equal(evil(`${'a'.repeat(50)}b`), null);
    let after: string | null = null; // A busy machine may cut short a quick one, too.
    for (let tries = 0; tries < 100 && after === null; tries++) after = evil('b aaa');
    assert.equal(after, 'b [x]');
  });

  it('takes time that grows with the text alone, whatever is in it', () => {
    const pieces = [
      'a',
      '1',
      '1 ',
      '.',
      'a@',
      'DE89',
      '+',
      'a.',
      '(0',
      '4111 ',
      '4',
      '4 ',
      'DE89 ',
      '4111\n',
      '4111 1111\r\n',
      '4\n',
      '\n',
      'DE89\n',
      '\u200b',
      '4\u200b',
      '４',
      '"',
      '"a',
      '\\"',
      '\\',
      '“a',
    ];
    for (const piece of pieces) {
      const text = piece.repeat(Math.ceil(20_000 / piece.length));
      const startedMs = performance.now();
      redact(text);
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs < 5_000, `${piece}: ${tookMs} ms`);
    }
  });
});
