interface Currency {
  /** Digits after the point. */
  readonly exponent: number;
  /** What one euro buys, in millionths: integers, so that no rate is a binary fraction. */
  readonly perEuroMillionths: number;
}

/** Fixed rates: a demonstration must give the same prices every day. */
export const CURRENCIES: Readonly<Record<string, Currency>> = {
  EUR: { exponent: 2, perEuroMillionths: 1_000_000 },
  USD: { exponent: 2, perEuroMillionths: 1_085_000 },
  GBP: { exponent: 2, perEuroMillionths: 847_500 },
  JPY: { exponent: 0, perEuroMillionths: 162_350_000 },
};

/** Rounds half up, once: convert a sum, never its parts. */
export function convert(euroCents: number, currency: Currency): number {
  const scaled = BigInt(euroCents) * BigInt(currency.perEuroMillionths) * 10n ** BigInt(currency.exponent);
  const unit = 100n * 1_000_000n;
  return Number((scaled + unit / 2n) / unit);
}
