/** Digits of a card number. */
export const [digitsMin, digitsMax] = [13, 19];

/** Digits of a text that nothing but separators stands between. */
export interface Cluster {
  readonly digits: string;
  /** Of each digit in the text. */
  readonly positions: readonly number[];
}

/**
 * Prefixes of the networks, with the lengths of their numbers: Visa; Mastercard; Maestro, Discover,
 * UnionPay and RuPay; Mir and Mastercard; American Express; Diners Club; JCB; RuPay; Troy. Not
 * that of UATP, 1: too many other numbers begin so.
 */
export const ofNetwork = new RegExp(
  '^(?:4(?:\\d{12}|\\d{15}|\\d{18})|5[1-5]\\d{14}|(?:5[06-9]|6\\d)\\d{11,17}|2[2-7]\\d{14,17}|' +
    '3[47]\\d{13}|3[0689]\\d{12,17}|35\\d{14,17}|8[12]\\d{14}|9792\\d{12})$',
);

/** Groups that are embossed on cards. */
export const printed = /^(?:(?:\d{4} ){3,4}\d{1,4}|\d{4} \d{6} \d{4,5}|\d{6} \d{7,13})$/;
