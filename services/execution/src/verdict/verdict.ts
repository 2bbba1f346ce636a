import { failureRate, systemWasAway, type Decision, type Label } from '@testimony/contracts';
import { baseCount, everCount, evidenceOf } from './evidence';
import { brokeInFlight, isJudged, NOTHING_KNOWN, onBase, onHead, type Dossier, type PastAttempt } from './judged';
import { cheaperVerdict } from './loss';
import { factsOf, type Posterior } from './posterior';

/**
 * The one verdict over all attempts of a test. `passed` (or `healed`, after a fix) only if the first attempt on the head that gave an answer
 * passed. After a failure it is `flaky` if a later attempt passed and the evidence makes a product bug unlikely enough, else `failed`; what never
 * passed is never flaky. A pass after a request that was under way when the system went away is flaky too, since the test may have caused
 * that. Attempts that gave no answer never count as a pass: without any answer the verdict is `lost` (or `skipped`, when the test skipped itself).
 */
export function verdictOf(attempts: readonly PastAttempt[], dossier: Dossier = NOTHING_KNOWN, healedBy?: string | null): Decision {
  const judged = onHead(attempts);
  const failures = judged.filter((a) => a.outcome === 'failed');
  const numbers = { runs: judged.length, failed: failures.length };
  const first = judged[0];
  if (!first) return { ...unjudged(attempts), ...numbers };
  if (failures.length > 0) return { ...afterFailure(attempts, judged, dossier), ...numbers };
  const suspect = attempts.find(brokeInFlight);
  if (suspect) {
    return {
      verdict: 'flaky',
      reason: `attempt ${suspect.attempt} was in flight when the system under test stopped answering (${suspect.failure?.code}), attempt ${first.attempt} passed: whether this test brought the system down is not known${unjudgedNote(attempts)}`,
      runs: judged.length + 1,
      failed: 1,
      label: 'infrastructure',
    };
  }
  const passed = `passed in attempt ${first.attempt}${unjudgedNote(attempts)}`;
  return healedBy
    ? { verdict: 'healed', reason: `${passed}, after fix ${healedBy} was applied`, ...numbers }
    : { verdict: 'passed', reason: passed, ...numbers };
}

function afterFailure(
  attempts: readonly PastAttempt[],
  judged: readonly PastAttempt[],
  dossier: Dossier,
): Omit<Decision, 'runs' | 'failed'> {
  const failed = judged.filter((a) => a.outcome === 'failed').length;
  const { verdict, posterior } = cheaperVerdict(factsOf(attempts, dossier));
  const { regressed, intermittent, flaky } = posterior;
  const isIntermittent = failed < judged.length && intermittent > Math.max(regressed, verdict === 'flaky' ? flaky : 0);
  const base = baseCount(attempts);
  const label = labelOf(verdict, posterior, attempts, dossier);
  return {
    verdict,
    reason: `${whatHappened(judged, failed)}${unjudgedNote(attempts)}; ${whyThis(verdict, posterior, attempts, dossier, failed < judged.length)}`,
    ...(label ? { label } : {}),
    flakiness: { probability: flaky, ...failureRate(everCount(attempts, dossier)) },
    ...(base ? { base } : {}),
    ...(verdict === 'failed' && isIntermittent ? { intermittent: true } : {}),
    evidence: evidenceOf(attempts, dossier, verdict === 'flaky' ? ['flaky'] : ['regressed', 'intermittent', 'broken']),
  };
}

function whatHappened(judged: readonly PastAttempt[], failed: number): string {
  if (failed < judged.length) return `failed in ${failed} of ${judged.length} attempts: ${judged.map(inWords).join(', ')}`;
  const tries = judged.length === 1 ? 'its only attempt' : `all ${judged.length} attempts`;
  return `failed in ${tries}${underWhat(judged)}`;
}

/** `regressed` and `broken` only where something says that it worked, or did not, before or on the base. */
function labelOf(verdict: 'failed' | 'flaky', p: Posterior, attempts: readonly PastAttempt[], dossier: Dossier): Label | undefined {
  if (verdict === 'flaky') return 'flaky';
  const base = onBase(attempts);
  const before = dossier.past.filter(({ same }) => !same);
  const newest = before[0];
  const worked = base.some((a) => a.outcome === 'passed') || before.some((run) => run.failed < run.runs);
  const neverWorked = base.some((a) => a.outcome === 'failed') || newest?.verdict === 'failed';
  if (p.broken > p.regressed + p.intermittent) return neverWorked ? 'broken' : undefined;
  return worked ? 'regressed' : undefined;
}

function whyThis(
  verdict: 'failed' | 'flaky',
  p: Posterior,
  attempts: readonly PastAttempt[],
  dossier: Dossier,
  passedOnce: boolean,
): string {
  const certain = attempts.find((a) => !a.base && a.failure?.certain !== undefined)?.failure?.certain;
  const base = baseCount(attempts);
  const facts = [
    certain ?? '',
    base ? `against the base it failed in ${base.failed} of ${base.runs}` : '',
    pastInWords(dossier),
    dossier.prior?.changed === true ? 'product code that it reaches changed' : '',
    dossier.prior?.changed === false ? 'no product code that it reaches changed' : '',
  ].filter(Boolean);
  const bug = p.regressed + p.intermittent + p.broken;
  const conclusion =
    verdict === 'flaky'
      ? `flaky with probability ${percent(p.flaky)}, a product bug that shows now and then with ${percent(p.intermittent)}`
      : p.flaky <= bug
        ? `a fault that is no flake with probability ${percent(bug)}, flaky with ${percent(p.flaky)}`
        : `flaky with probability ${percent(p.flaky)}, ${passedOnce ? 'which is not enough' : 'but it never passed'} to rule out a product bug (${percent(bug)}), so it counts as failed`;
  return [...facts, conclusion].join('; ');
}

function pastInWords({ past }: Dossier): string {
  if (past.length === 0) return '';
  const red = past.filter((run) => run.verdict === 'failed').length;
  const flaky = past.filter((run) => run.verdict === 'flaky').length;
  const runs = past.length === 1 ? 'in the run before' : `in its last ${past.length} runs`;
  if (red + flaky === 0) return `${runs} it never failed`;
  return `${runs} it was ${[flaky > 0 ? `flaky ${times(flaky)}` : '', red > 0 ? `red ${times(red)}` : ''].filter(Boolean).join(' and ')}`;
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`;
}

/** Whole percents, and never a certainty that is none. */
function percent(p: number): string {
  if (p >= 0.995) return 'over 99 %';
  return p < 0.005 ? 'under 1 %' : `${Math.round(100 * p)} %`;
}

function unjudged(attempts: readonly PastAttempt[]): Pick<Decision, 'verdict' | 'reason' | 'label'> {
  const last = attempts.findLast((a) => !a.base);
  if (!last) return { verdict: 'lost', reason: 'no attempt was made' };
  if (last.outcome === 'skipped') return { verdict: 'skipped', reason: last.reason ?? 'skipped by the test itself' };
  const tries = attempts.length === 1 ? '' : ` in ${attempts.length} attempts`;
  return {
    verdict: 'lost',
    reason: `${whyUnjudged(last)}${tries}${inFlightNote(attempts)}`,
    ...(systemWasAway(last) || last.setAside ? { label: 'infrastructure' as const } : {}),
  };
}

/** Names the system under test and how it failed to answer. */
function whyUnjudged(attempt: PastAttempt): string {
  const { failure } = attempt;
  if (attempt.setAside !== undefined && !systemWasAway(attempt)) return attempt.setAside;
  if (!systemWasAway(attempt) || !failure?.probe) return attempt.reason ?? failure?.message ?? 'the attempt was lost';
  return `the system under test at ${failure.probe.url} did not answer (${failure.probe.error ?? failure.code ?? 'no answer'})`;
}

function inFlightNote(attempts: readonly PastAttempt[]): string {
  const broken = attempts.filter(brokeInFlight);
  const [first] = broken;
  if (!first) return '';
  const numbers = broken.map((a) => a.attempt).join(', ');
  return broken.length === 1
    ? `; attempt ${numbers} was in flight when it stopped answering (${first.failure?.code})`
    : `; attempts ${numbers} were in flight when it stopped answering (${first.failure?.code}): this test may be what brings it down`;
}

function unjudgedNote(attempts: readonly PastAttempt[]): string {
  const without = attempts.filter((a) => !a.base && !isJudged(a));
  const last = without.at(-1);
  if (!last) return '';
  return `; ${without.length === 1 ? 'attempt' : 'attempts'} ${without.map((a) => a.attempt).join(', ')} gave no answer: ${whyUnjudged(last)}${inFlightNote(without)}`;
}

function underWhat(judged: readonly PastAttempt[]): string {
  const alone = judged.filter((a) => a.isolated).length;
  return alone > 0 ? ` (${alone} of them isolated)` : '';
}

function inWords(attempt: PastAttempt): string {
  return `attempt ${attempt.attempt} ${attempt.outcome} ${attempt.isolated ? 'isolated' : 'in a shared process'}`;
}
