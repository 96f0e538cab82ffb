/**
 * Tells of parts of a row of digits whether they end with the check digit of a card number: of
 * their digits, each second one from the last but one on doubled, the sum ends with 0.
 */
export function checkDigits(digits: string): (first: number, end: number) => boolean {
  const sums = [0, 1].map((parity) => {
    const sum = new Int32Array(digits.length + 1);
    for (let k = 0; k < digits.length; k++) {
      const digit = digits.charCodeAt(k) - 48;
      const weighed = k % 2 === parity ? 2 * digit : digit;
      sum[k + 1] = sum[k]! + (weighed > 9 ? weighed - 9 : weighed);
    }
    return sum;
  });
  return (first, end) => {
    const sum = sums[end % 2]!;
    return (sum[end]! - sum[first]!) % 10 === 0;
  };
}
