import { FLAKE_PATTERNS, type FlakePattern, type HealingStats } from '@testimony/contracts';
import type { KnownFix } from './fix';

/** How many fixes of a pattern its prior is worth: few, so that a project's own past soon counts more. */
const PRIOR_STRENGTH = 4;

/**
 * What a fix has shown so far: `held` in later executions, or not: it failed the same way again or was taken back. Rejected ones did not hold either.
 * A file that somebody put back, as a change of branches does, says nothing of the fix.
 */
export function heldOf({ fix, held, broke }: KnownFix): boolean | undefined {
  if (fix.status === 'rejected') return false;
  if (fix.status === 'reverted' || broke > 0) return false;
  return (fix.status === 'applied' || fix.undone !== undefined) && held > 0 ? true : undefined;
}

/** P(a candidate of this pattern is right) before it is tried: mean of Beta(4 prior + held, 4 (1 - prior) + not held), over candidates proven or rejected by runs. */
export function confidenceOf(prior: number, pattern: FlakePattern, past: readonly KnownFix[]): number {
  const decided = past
    .filter((one) => one.fix.pattern === pattern && wasTried(one))
    .map((one) => heldOf(one) ?? one.fix.status === 'proven');
  const held = decided.filter(Boolean).length;
  return (PRIOR_STRENGTH * prior + held) / (PRIOR_STRENGTH + decided.length);
}

/** Of calibration: only what was applied, and then held or not, tells whether the confidence said of a proven fix was right. */
export function statsOf(fixes: readonly KnownFix[]): HealingStats {
  const patterns = FLAKE_PATTERNS.flatMap((pattern) => {
    const own = fixes.filter((one) => one.fix.pattern === pattern);
    if (own.length === 0) return [];
    const count = (passes: (one: KnownFix) => boolean): number => own.filter(passes).length;
    const decided = own.filter((one) => wasApplied(one) && heldOf(one) !== undefined);
    const heldCount = decided.filter((one) => heldOf(one)).length;
    const said = decided.reduce((sum, one) => sum + one.fix.confidence, 0);
    return [
      {
        pattern,
        proposed: own.length,
        proven: count((one) => one.status === 'proven' || wasApplied(one)),
        rejected: count((one) => one.status === 'rejected'),
        applied: count(wasApplied),
        reverted: count((one) => one.status === 'reverted'),
        saidConfidence: decided.length === 0 ? null : said / decided.length,
        held: decided.length === 0 ? null : heldCount / decided.length,
      },
    ];
  });
  return { patterns };
}

function wasApplied({ status, fix }: KnownFix): boolean {
  return status === 'applied' || status === 'reverted' || fix.undone !== undefined;
}

/** An edit refused by its text says nothing of the pattern; one that was run does. */
function wasTried({ fix, status }: KnownFix): boolean {
  return (
    status === 'proven' ||
    status === 'applied' ||
    status === 'reverted' ||
    (status === 'rejected' && fix.guards.some(({ guard }) => guard === 'faults' || guard === 'runs'))
  );
}
