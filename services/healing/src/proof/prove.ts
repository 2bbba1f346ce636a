import type { Fix, GuardResult } from '@testimony/contracts';
import { DomainError } from '@testimony/contracts';
import type { EventStore } from '@testimony/event-store';
import { keepPatch, keepTexts } from '../application/apply';
import { placeOf } from '../application/place';
import type { HealedProject } from '../api';
import { changeFix, proposeFix, type Change } from '../fix/change';
import type { KnownFix } from '../fix/fix';
import { confidenceOf } from '../fix/track-record';
import type { TextReading } from '../text-reading';
import type { Candidate, Proving } from './candidate';
import { checkFaults, type Kills } from './faults';
import { checkRunTime } from './run-time';
import { checkRuns } from './runs';
import { signaturesOf } from './signature';

export interface ProofParts {
  readonly store: EventStore;
  readonly project: HealedProject;
  readonly reading: TextReading;
  readonly now: () => Date;
  /** In which the test was flaky. */
  readonly executionId: string;
  readonly tell: (fix: Fix) => void;
}

/**
 * P(a further fault that was noticed is noticed still) is Beta(9, 1) a priori: of edits that pass the guard of assertions, nine of ten
 * keep all that they noticed. After k of k faults its mean is (9 + k) / (10 + k).
 */
const KEEPS = 9;

/** Puts one candidate to the proof, guard after guard, cheap ones first, and stores what each found. What is refuted is rejected; what could not be decided stays proposed. */
export async function proveCandidate(
  parts: ProofParts,
  proving: Proving,
  candidate: Candidate,
  kills: () => Promise<Kills>,
  past: readonly KnownFix[],
): Promise<KnownFix> {
  const { store, project, reading, executionId, now, tell } = parts;
  const { file, before, after, text, pattern, title } = candidate;
  const believed = confidenceOf(candidate.prior, pattern, past);
  const patch = await reading.unifiedPatch(file, text.before, text.after);
  await keepTexts(project, { before, after, patch }, Buffer.from(text.before), Buffer.from(text.after));
  const { flaky, reproduction } = proving;
  let known = await proposeFix(
    store,
    {
      projectId: project.projectId,
      executionId,
      testId: flaky.id,
      testName: flaky.name,
      file,
      pattern,
      title,
      patch,
      before,
      after,
      confidence: believed,
    },
    now(),
  );
  const change = async (what: Change): Promise<void> => {
    known = await changeFix(store, known.fix.id, what, now());
  };
  const check = async (result: GuardResult, signatures?: readonly string[]): Promise<boolean> => {
    await change({ kind: 'check-guard', result, ...(signatures && { signatures }) });
    tell(known.fix);
    return result.ok;
  };
  const refute = async (result: GuardResult): Promise<KnownFix> => {
    await change({ kind: 'reject', reason: `${result.guard}: ${result.evidence}` });
    return known;
  };
  await keepPatch(project, known.fix);

  // Right before the edit: the very text that was made to fail is the one that would be replaced.
  const unchanged = (await placeOf(project.root, file)).sha256 === before;
  const reproduced = unchanged
    ? reproduction.evidence
    : { ...reproduction.evidence, ok: false, evidence: `${file} was changed meanwhile, so what was reproduced was another text.` };
  if (!(await check(reproduced, signaturesOf(reproduction.failures)))) return refute(reproduced);

  for (const [guard, objection] of [
    ['allowed_edit', await reading.editObjection(text.before, text.after, file, project.root)],
    ['assertions', await reading.assertionObjection(text.before, text.after, file, project.root)],
  ] as const) {
    const fine =
      guard === 'allowed_edit'
        ? 'The edit touches only what fixes may touch.'
        : 'Every assertion is there, as strong as before or stronger.';
    const result: GuardResult = { guard, ok: objection === undefined, evidence: objection ?? fine, numbers: {} };
    if (!(await check(result))) return refute(result);
  }

  try {
    const faults = await checkFaults(proving, candidate, await kills());
    if (!(await check(faults.result))) return faults.refuted ? await refute(faults.result) : known;

    const runs = await checkRuns(proving, candidate, believed);
    if (!(await check(runs.result))) return await refute(runs.result);

    const time = await checkRunTime(proving, candidate);
    if (!(await check(time))) return await refute(time);

    const killed = faults.result.numbers['killedAfter'] ?? 0;
    const keeps = (killed + KEEPS) / (killed + KEEPS + 1);
    await change({
      kind: 'weigh',
      confidence: runs.right * keeps,
      evidence: `P(no longer flaky) ${runs.right.toFixed(3)} from ${runs.result.numbers['clean']} clean runs and a prior of ${believed.toFixed(2)} by the pattern's past; P(notices a further fault that it noticed before) ${keeps.toFixed(3)} from ${killed} of ${killed}`,
    });
    await change({ kind: 'prove' });
    return known;
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'runs-spent') throw error;
    const guard = known.fix.guards.length === 3 ? 'faults' : known.fix.guards.length === 4 ? 'runs' : 'run_time';
    await check({ guard, ok: false, evidence: `It was not decided: ${error.message}`, numbers: { left: proving.attempts.left() } });
    return known;
  }
}
