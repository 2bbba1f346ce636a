import type { GuardResult } from '@testimony/contracts';
import { ALONE, type Setting } from '../detection/setting';
import { countsOf } from '../detection/subject';
import { chanceRight, cleanRunsNeeded, TOLERATED_RATE } from '../statistics/residual';
import { overlayOf, type Candidate, type Proving } from './candidate';
import { settingInWords, variation } from './reproduce';
import { countOf, tryRepeatedly, type Tried } from './tries';

/** Runs at once: after a failure the rest of a batch is spent for nothing. */
const BATCH = 12;
/** Of the candidate under ordinary conditions, beside those of the run-time guard. */
const ORDINARY = 8;
/** Under each other condition under which the original was only seen to pass: the edit must not trade one flake for another. */
const OTHERS = 2;

export interface RunsCheck {
  readonly result: GuardResult;
  /** P(the fix is right) by these runs. */
  readonly right: number;
}

/**
 * Runs the candidate under the reproducing conditions as often as `cleanRunsNeeded` says, then under ordinary and other ones. One failure
 * refutes it. `believed`: P(right) by the pattern's past.
 */
export async function checkRuns(proving: Proving, candidate: Candidate, believed: number): Promise<RunsCheck> {
  const { attempts, tests, flaky, edited, reproduction, seed } = proving;
  const { setting, stressed, normal } = reproduction;
  const rate = stressed.failed / stressed.runs;
  const needed = cleanRunsNeeded({ right: believed, stressed, normal });
  const changes = overlayOf(candidate);
  // A test that was never seen to mind copies of itself beside it; a sequence has its own order and stays alone.
  const width = setting.kind === 'sequence' || setting.kind === 'crowd' || edited.id !== flaky.id ? 1 : proving.width;
  const question = `Does ${flaky.name} still fail with the edit (${needed} runs)?`;
  let clean = 0;
  while (clean < needed) {
    const times = Math.min(BATCH, needed - clean);
    const tried = await tryRepeatedly({
      attempts,
      tests,
      question,
      test: flaky,
      setting,
      times,
      width,
      changes,
      each: (n) => variation(setting, seed + 1_000 + clean, n),
    });
    const failure = failureOf(tried);
    const count = countOf(tried);
    if (failure) {
      clean += count.runs - count.failed;
      return refuted(
        `With the edit it failed ${settingInWords(setting, tests)}, in ${count.failed} of ${clean + count.failed} runs (${needed} without a failure were needed): ${failure}`,
        { needed, clean, failed: count.failed },
      );
    }
    if (count.runs === 0) return refuted('No attempt with the edit gave an answer.', { needed, clean });
    clean += count.runs;
  }
  let others = 0;
  for (const other of othersOf(proving)) {
    for (const test of edited.id === flaky.id ? [flaky] : [flaky, edited]) {
      const times = other.slot === ALONE.slot ? ORDINARY : OTHERS;
      const tried = await tryRepeatedly({
        attempts,
        tests,
        question,
        test,
        setting: other,
        times,
        width: proving.width,
        changes,
        each: (n) => variation(other, seed + 2_000, n),
      });
      const failure = failureOf(tried);
      if (failure)
        return refuted(`With the edit ${test.name} failed ${settingInWords(other, tests)}: ${failure}`, { needed, clean, others });
      others += countOf(tried).runs;
    }
  }
  const right = chanceRight(clean, believed, rate);
  return {
    right,
    result: {
      guard: 'runs',
      ok: true,
      evidence: `With the edit it passed in ${clean} of ${clean} runs ${settingInWords(setting, tests)}, where the original failed in ${stressed.failed} of ${stressed.runs}: so it is within ${TOLERATED_RATE * 100} % in ordinary runs but for a chance of 5 % at most. It passed in ${others} of ${others} runs under other conditions.`,
      numbers: { needed, clean, others, rate, right },
    },
  };

  function refuted(evidence: string, numbers: Record<string, number>): RunsCheck {
    return { right: 0, result: { guard: 'runs', ok: false, evidence, numbers } };
  }
}

function othersOf({ subject, reproduction }: Proving): Setting[] {
  const passed = countsOf(subject).filter(
    ({ failed, slot, kind }) => failed === 0 && kind !== 'sequence' && slot !== ALONE.slot && slot !== reproduction.setting.slot,
  );
  const settings = passed.flatMap(({ slot }) => {
    const seen = subject.seen.find((one) => one.setting.slot === slot)?.setting;
    return seen && seen.conditions.order === undefined ? [seen] : [];
  });
  return [ALONE, ...settings.slice(0, 6)];
}

function failureOf(tried: readonly Tried[]): string | undefined {
  const failed = tried.find(({ outcome }) => outcome === 'failed');
  return failed && (failed.attempt?.failure?.message ?? 'it failed');
}
