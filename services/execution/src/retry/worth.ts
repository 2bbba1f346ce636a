import { cheaperVerdict } from '../verdict/loss';
import { afterOneMore, type Facts } from '../verdict/posterior';

/** How far the search for the next attempt looks ahead: one failure more seldom changes a verdict, two or three do. */
const LOOK_AHEAD = 3;

export interface Choice {
  readonly kind: 'alone' | 'base';
  /** By how much the expected loss of the verdict falls, the price of attempts taken off. */
  readonly worth: number;
  /** P(it fails). */
  readonly fails: number;
}

/**
 * The attempt that tells most for its price, if any is worth it: a Bayesian sequential decision over a short horizon (Wald 1947; DeGroot
 * 1970, ch. 12). `price` is what one attempt must take off the expected loss of the verdict.
 */
export function bestAttempt(facts: Facts, kinds: readonly Choice['kind'][], price: number): Choice | undefined {
  const tree: Tree = { kinds, price, known: new Map() };
  const now = cheaperVerdict(facts).loss;
  let best: Choice | undefined;
  for (const kind of kinds) {
    if (now <= price) break;
    const after = afterOneMore(facts, kind);
    const worth = now - lossAfter(after, tree, LOOK_AHEAD);
    if (worth > (best?.worth ?? 0)) best = { kind, worth, fails: after.fails };
  }
  return best;
}

interface Tree {
  readonly kinds: readonly Choice['kind'][];
  readonly price: number;
  /** Many ways lead to the same counts. */
  readonly known: Map<string, number>;
}

function lossAfter({ fails, failed, passed }: ReturnType<typeof afterOneMore>, tree: Tree, ahead: number): number {
  return tree.price + fails * lossOf(failed, tree, ahead - 1) + (1 - fails) * lossOf(passed, tree, ahead - 1);
}

function lossOf(facts: Facts, tree: Tree, ahead: number): number {
  const { alone, base } = facts.counts;
  const key = `${alone.failed} ${alone.passed} ${base.failed} ${base.passed}`;
  const known = tree.known.get(key);
  if (known !== undefined) return known;
  let least = cheaperVerdict(facts).loss;
  if (ahead > 0) {
    for (const kind of tree.kinds) {
      // A verdict that costs no more than an attempt is not made cheaper by one.
      if (least > tree.price) least = Math.min(least, lossAfter(afterOneMore(facts, kind), tree, ahead));
    }
  }
  tree.known.set(key, least);
  return least;
}
