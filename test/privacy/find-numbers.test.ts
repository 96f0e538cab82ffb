import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCards } from '../../src/privacy/find-cards.js';
import { findIbans } from '../../src/privacy/find-ibans.js';
import { builtInPatterns, createRedactor } from '../../src/privacy/redact-text.js';
import { seededDraw } from '../support/seeded-draw.js';

const redact = createRedactor({ builtIn: builtInPatterns, own: [] });
const draw = seededDraw(1);
const below = (count: number): number => Math.floor(draw() * count);
const oneOf = <T>(values: readonly T[]): T => values[below(values.length)]!;
const digits = (count: number): string => Array.from({ length: count }, () => below(10)).join('');

/** By the sum of its digits, each second one doubled: the last digit is the one that fits. */
function withCheckDigit(body: string): string {
  const doubled = Array.from(body)
    .reverse()
    .map((digit, k) => Number(digit) * (k % 2 === 0 ? 2 : 1));
  const sum = Array.from(doubled.join('')).reduce((total, digit) => total + Number(digit), 0);
  return body + String((10 - (sum % 10)) % 10);
}

const networks: readonly (readonly [prefix: string, length: number, groups: readonly number[]])[] =
  [
    ['4', 16, [4, 4, 4, 4]],
    ['4', 13, [4, 4, 4, 1]],
    ['4', 19, [4, 4, 4, 4, 3]],
    ['53', 16, [4, 4, 4, 4]],
    ['2230', 16, [4, 4, 4, 4]],
    ['34', 15, [4, 6, 5]],
    ['36', 14, [4, 6, 4]],
    ['3566', 16, [4, 4, 4, 4]],
    ['6011', 16, [4, 4, 4, 4]],
    ['62', 19, [6, 13]],
    ['5018', 13, [4, 4, 4, 1]],
  ];

function inGroups(text: string, groups: readonly number[], separator: string): string {
  let at = 0;
  return groups.map((length) => text.slice(at, (at += length))).join(separator);
}

const separators = ['', ' ', '\u00a0', '.', '-', ' - '];
const words = ['order', 'cvc', 'IBAN', 'x', 'für', 'No.', '12/27'];

function anyCard(): string {
  const [prefix, length, groups] = oneOf(networks);
  const number = withCheckDigit(prefix + digits(length - 1 - prefix.length));
  return inGroups(number, groups, oneOf(separators));
}

/** The number made by its two check digits: what is left of 98 by 97. */
function anyIban(): string {
  const [country, length] = oneOf([
    ['DE', 22],
    ['GB', 22],
    ['NO', 15],
    ['FR', 27],
    ['MT', 31],
  ] as const);
  const bank = country === 'GB' ? 'WEST' : '';
  const account = bank + digits(length - 4 - bank.length);
  const numbers = [...Array.from(account + country), '00'].map((c) =>
    c === '00' ? c : parseInt(c, 36),
  );
  const check = 98n - (BigInt(numbers.join('')) % 97n);
  const iban = `${country}${check.toString().padStart(2, '0')}${account}`;
  const groups = Array.from({ length: Math.ceil(length / 4) }, () => 4);
  return inGroups(draw() < 0.3 ? iban.toLowerCase() : iban, groups, oneOf(separators));
}

/** Digits and words, as they stand around a number. */
const around = (): string => {
  const pieces = Array.from({ length: below(5) }, () =>
    draw() < 0.6 ? digits(1 + below(6)) : oneOf(words),
  );
  return pieces.join(oneOf([' ', '-', '.', ', ', '']));
};

/** No run of its characters is left that one could go on from. */
function assertGone(number: string, text: string): void {
  const left = redact(text)!;
  const compact = (value: string): string => value.replace(/[^0-9A-Za-z[\]]/g, '');
  assert.ok(/\[(card|iban|phone)\]/.test(left), `${text} -> ${left}`);
  assert.ok(!compact(left).includes(compact(number)), `${text} -> ${left}`);
  // Not a part of it either: what is left is what stood around it, at most.
  const kept = compact(left.replace(/\[[a-z]+\]/g, '')).length;
  assert.ok(kept <= compact(text).length - compact(number).length, `${text} -> ${left}`);
}

describe('numbers of cards and accounts', () => {
  for (const [what, make] of [
    ['a card', anyCard],
    ['an IBAN', anyIban],
  ] as const)
    it(`are taken out where ${what} stands between digits and words, whatever these are`, () => {
      for (let k = 0; k < 2_000; k++) {
        const number = make();
        const between = oneOf([' ', '-', '. ', '/', ', ', '\u00a0']);
        assertGone(number, `${around()}${between}${number}${between}${around()}`);
      }
    });

  it('are taken out where digits stick to one end of them', () => {
    for (let k = 0; k < 2_000; k++) {
      const card = anyCard();
      const sticking = digits(1 + below(8));
      assertGone(card, `${around()} ${card}${sticking} ${around()}`);
      assertGone(card, `${around()} ${sticking}${card} ${around()}`);
    }
  });

  it('are taken out where letters and digits stick to both ends of an IBAN', () => {
    for (let k = 0; k < 2_000; k++) {
      const iban = anyIban();
      assertGone(iban, `${around()}${iban}${around()}`);
    }
  });

  it('are taken out side by side', () => {
    for (let k = 0; k < 2_000; k++) {
      const [first, second] = [anyCard(), anyCard()];
      const text = `${first} ${second}`;
      assertGone(first, text);
      assertGone(second, text);
    }
  });

  it('are not found anew in what is left', () => {
    for (let k = 0; k < 2_000; k++) {
      const left = redact(`${around()}${anyCard()}${around()} ${anyIban()}${around()}`)!;
      assert.equal(redact(left), left);
    }
  });
});

describe('digits that are no number of a card', () => {
  /** Share of texts in which one is seen all the same. */
  function shareTaken(make: () => string): number {
    const texts = Array.from({ length: 4_000 }, make);
    return texts.filter((text) => findCards(text).length > 0).length / texts.length;
  }
  const many = (count: number, make: () => string): string =>
    Array.from({ length: count }, make).join(' ');
  const column = (count: number, make: () => string): string =>
    Array.from({ length: count }, make).join('\n');

  /** A tenth of all numbers have a right check digit. */
  const table = [
    ['ids of 10 digits', () => digits(10), 0],
    ['ids of 16 digits', () => digits(16), 0.22],
    ['ids of 30 digits', () => digits(30), 0.33],
    ['ten prices', () => many(10, () => `${1 + below(99)}.${digits(2)}`), 0],
    ['ten years', () => many(10, () => `20${digits(2)}`), 0],
    ['ten numbers of two digits', () => many(10, () => digits(2)), 0.25],
    ['a column of two digits', () => column(10, () => digits(2)), 0],
    ['a column of four digits', () => column(10, () => digits(4)), 0],
    ['a column of years', () => column(10, () => `20${digits(2)}`), 0],
    ['a column of ids of 8 digits', () => column(10, () => digits(8)), 0],
    ['a column of ids of 10 digits', () => column(10, () => digits(10)), 0],
    ['a column of prices', () => column(10, () => `${1 + below(99)}.${digits(2)}`), 0],
    ['a table of four digits', () => column(10, () => `${digits(4)} ${digits(4)}`), 0],
    ['a list of ids', () => column(10, () => `${1 + below(9)}. ${digits(7)}`), 0.01],
    ['two ids, one below the other', () => column(2, () => digits(8)), 0.06],
  ] as const;
  for (const [what, make, shareMax] of table)
    it(`are taken out seldom: ${what}`, () => {
      const share = shareTaken(make);
      assert.ok(share <= shareMax, `${share} of them`);
    });

  it('cost a text no more than its length', () => {
    for (const piece of ['4', '4 ', '4111', '4111 ', '0-', 'DE89', 'DE89 ']) {
      const text = piece.repeat(Math.ceil(200_000 / piece.length));
      const startedMs = performance.now();
      findCards(text);
      findIbans(text);
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs < 5_000, `${piece}: ${tookMs} ms`);
    }
  });
});
