import { FAILURE_CLASSES } from '@testimony/contracts';

/** A multinomial logistic regression over signs. Numbers stand in the order of `FAILURE_CLASSES`, in hundredths. */
export interface Model {
  /** What scores are divided by, so that probabilities are as often right as they say (temperature scaling, Guo et al. 2017). */
  readonly temperature: number;
  readonly bias: readonly number[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** Softmax of the summed weights; a sign that training never saw says nothing. */
export function probabilitiesOf(signs: Iterable<string>, model: Model): number[] {
  const scores = FAILURE_CLASSES.map((_, k) => model.bias[k] ?? 0);
  for (const sign of signs) {
    const own = Object.hasOwn(model.weights, sign) ? model.weights[sign] : undefined;
    if (own) own.forEach((weight, k) => (scores[k] = (scores[k] ?? 0) + weight));
  }
  const scaled = scores.map((score) => score / 100 / model.temperature);
  const top = Math.max(...scaled);
  const powers = scaled.map((score) => Math.exp(score - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
