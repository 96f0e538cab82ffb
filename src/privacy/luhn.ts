/**
 * Tells whether digits end with the check digit of a card number.
 *
 * @see ISO/IEC 7812-1, annex B (the Luhn formula)
 */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let k = 0; k < digits.length; k++) {
    const digit = Number(digits[digits.length - 1 - k]);
    const weighed = k % 2 === 0 ? digit : 2 * digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return digits.length > 0 && sum % 10 === 0;
}
