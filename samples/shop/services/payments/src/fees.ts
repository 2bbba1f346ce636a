import type { CURRENCIES } from './requests';

export type CurrencyCode = (typeof CURRENCIES)[number];

const TARIFF: Readonly<Record<CurrencyCode, { basisPoints: number; fixedCents: number }>> = {
  EUR: { basisPoints: 140, fixedCents: 25 },
  GBP: { basisPoints: 150, fixedCents: 20 },
  USD: { basisPoints: 290, fixedCents: 30 },
};

const BASIS_POINTS = 10_000;

/** Half a cent goes to the even neighbour, so that over many payments neither side wins by rounding. */
function divideHalfEven(numerator: number, denominator: number): number {
  const whole = Math.floor(numerator / denominator);
  const twiceRest = 2 * (numerator - whole * denominator);
  if (twiceRest === denominator) return whole + (whole % 2);
  return twiceRest > denominator ? whole + 1 : whole;
}

export function feeCents(amountCents: number, currency: CurrencyCode): number {
  const { basisPoints, fixedCents } = TARIFF[currency];
  return divideHalfEven(amountCents * basisPoints, BASIS_POINTS) + fixedCents;
}
