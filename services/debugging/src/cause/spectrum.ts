/** How often failing and passing tests run through a file. */
export interface Spectrum {
  readonly failing: number;
  readonly failingThrough: number;
  readonly passing: number;
  readonly passingThrough: number;
}

/**
 * Ochiai's coefficient, 0..1: how closely failing goes with running through it. Of the simple formulas it ranked faults best in
 * R. Abreu, P. Zoeteweij, A. van Gemund, "On the Accuracy of Spectrum-based Fault Localization" (TAICPART 2007).
 */
export function ochiai({ failing, failingThrough, passingThrough }: Spectrum): number {
  const denominator = Math.sqrt(failing * (failingThrough + passingThrough));
  return denominator === 0 ? 0 : failingThrough / denominator;
}

/** `through`: files that each test runs through. */
export function spectrumOf(
  file: string,
  failing: readonly string[],
  passing: readonly string[],
  through: (testId: string) => ReadonlySet<string>,
): Spectrum {
  const count = (tests: readonly string[]): number => tests.reduce((sum, test) => sum + (through(test).has(file) ? 1 : 0), 0);
  return { failing: failing.length, failingThrough: count(failing), passing: passing.length, passingThrough: count(passing) };
}
