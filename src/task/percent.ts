/** A measured share, to a tenth: 0.9366 -> `93.7 %`. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** A share as somebody has set it, without zeros at its end: 0.05 -> `5 %`, 0.125 -> `12.5 %`. */
export const percentSet = (share: number): string => `${Number((share * 100).toPrecision(6))} %`;
