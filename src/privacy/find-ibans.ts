import { nextOf, nextOverLineEnd, type Span } from './spans.js';

/** Length of an IBAN by country, of the SWIFT registry. */
const lengths: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 ' +
    'EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 ' +
    'IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 ' +
    'NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 ' +
    'TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/**
 * Finds IBANs wherever they stand, in groups or not, right behind or before other letters and
 * digits, too. By chance one in 97 places that look like one has a right checksum. One that goes on
 * in the next line has nothing of the kind right before or behind it.
 *
 * @see ISO 13616-1
 */
export function findIbans(text: string): readonly Span[] {
  const found: Span[] = [];
  for (const { index: from } of text.matchAll(/(?=[A-Za-z]{2}\d{2})/g)) {
    const length = lengths.get(text.slice(from, from + 2).toUpperCase());
    if (length === undefined) continue;
    const to = endOf(text, from, { length, next: nextOf }) ?? endInOtherLine(text, from, length);
    if (to !== null) found.push({ from, to });
  }
  return found;
}

const isOfIban = (character = ''): boolean => /^[A-Za-z0-9]$/.test(character);

function endInOtherLine(text: string, from: number, length: number): number | null {
  if (isOfIban(text[from - 1])) return null;
  const next = (_: string, at: number): number => nextOverLineEnd(text, at) ?? nextOf(text, at);
  const end = endOf(text, from, { length, next });
  return end === null || isOfIban(text[end]) ? null : end;
}

/** @returns null where no IBAN of so many characters is. */
function endOf(
  text: string,
  from: number,
  { length, next }: { readonly length: number; readonly next: typeof nextOf },
): number | null {
  let compact = '';
  let end = from;
  for (let at = from; compact.length < length; at = next(text, end)) {
    const character = text[at] ?? '';
    if (!isOfIban(character)) return null;
    compact += character;
    end = at + 1;
  }
  return isChecked(compact.toUpperCase()) ? end : null;
}

/** Letters count from 10; the first four characters come last. The rest by 97 must be 1. */
function isChecked(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4))
    for (const digit of Number.parseInt(character, 36).toString())
      rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
