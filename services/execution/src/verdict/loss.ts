import { COST_OF_LABEL, COST_OF_MISSED_INTERMITTENT, COST_OF_MISSED_REGRESSION } from './model';
import { posteriorOf, type Facts, type Posterior } from './posterior';

/** Red, or flaky: the verdict that costs less in expectation. Flaky needs a pass on the head: what never passed is red, however likely a flake it is. */
export function cheaperVerdict(facts: Facts): {
  readonly verdict: 'failed' | 'flaky';
  readonly loss: number;
  readonly posterior: Posterior;
} {
  const posterior = posteriorOf(facts);
  const { regressed, intermittent, flaky, broken } = posterior;
  const passed = facts.counts.shared.passed + facts.counts.alone.passed > 0;
  const red = flaky + COST_OF_LABEL * Math.min(regressed + intermittent, broken);
  const green = COST_OF_MISSED_REGRESSION * (regressed + broken) + COST_OF_MISSED_INTERMITTENT * intermittent;
  return passed && green < red ? { verdict: 'flaky', loss: green, posterior } : { verdict: 'failed', loss: red, posterior };
}
