import type { Cause, Evidence } from '@testimony/contracts';

/** A possible cause before it is weighed against the others. */
export interface Hypothesis {
  readonly kind: Cause['kind'];
  readonly summary: string;
  readonly file?: string;
  readonly line?: number;
  readonly commit?: string;
  /** Natural log of how likely it is before any evidence, against that it is something nobody thought of (0). */
  readonly prior: number;
  readonly evidence: readonly Evidence[];
}

/** A cause below this is not worth a line of a report. */
const MIN_PROBABILITY = 0.01;
const MAX_CAUSES = 8;

/**
 * Probabilities of hypotheses that exclude each other, likeliest first: weights of evidence add up (I. J. Good 1950: log-odds) and
 * exp(prior + evidence) is normalised together with 1 for what nobody thought of. What is left out here goes to that rest too.
 */
export function rankHypotheses(hypotheses: readonly Hypothesis[], unknownSummary: string): Cause[] {
  const weighed = hypotheses.map((each) => ({
    each,
    odds: Math.exp(each.prior + each.evidence.reduce((sum, { weight }) => sum + weight, 0)),
  }));
  const total = 1 + weighed.reduce((sum, { odds }) => sum + odds, 0);
  const named = weighed
    .toSorted((a, b) => b.odds - a.odds)
    .slice(0, MAX_CAUSES)
    .filter(({ odds }) => odds / total >= MIN_PROBABILITY)
    .map(({ each: { prior: _prior, evidence, ...cause }, odds }): Cause => ({
      ...cause,
      probability: odds / total,
      evidence: evidence.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)),
    }));
  const rest = Math.max(0, 1 - named.reduce((sum, { probability }) => sum + probability, 0));
  const unknown: Cause = { kind: 'unknown', probability: rest, summary: unknownSummary, evidence: [] };
  return [...named, unknown].sort((a, b) => b.probability - a.probability);
}
