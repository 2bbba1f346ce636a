import type { Fix, TestExecution, TestStrategy } from '@testimony/contracts';
import type { Healing, HealingProgress } from '@testimony/healing';
import type { Backend } from '../backend';
import type { Project } from '../project/open-project';
import { firstLine, plainText } from '../terminal/plain-text';

export interface HealTests {
  readonly project: Project;
  readonly backend: Backend;
  readonly strategy: TestStrategy;
  /** Tells what ran before and beside the tests that are healed. */
  readonly execution: TestExecution;
  readonly only: ReadonlySet<string>;
  /** Whether what is proven, and sure enough for the configuration, is applied. */
  readonly apply: boolean;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** A fix takes some hundred short attempts: reproducing, mutants, and clean runs until the rate is bounded. */
const MOST_RUNS_A_TEST = 1_500;

/** Puts fixes of these flaky tests to the proof within the limits of the configuration, and tells of each step. */
export function healTests(
  healing: Healing,
  { project, backend, strategy, execution, only, apply, signal, tell }: HealTests,
): Promise<Fix[]> {
  const { general } = project.loaded.configuration;
  const limits = {
    apply,
    minConfidence: general.min_confidence_for_auto_fix,
    maxCandidates: general.max_auto_fix_attempts,
    maxRuns: MOST_RUNS_A_TEST,
  };
  return healing.heal(backend.healedProject, execution, strategy, limits, {
    signal,
    only,
    tell: (progress) => tell(progressLine(progress)),
  });
}

function progressLine(progress: HealingProgress): string {
  if (progress.kind === 'detecting') return plainText(progress.message);
  const { fix } = progress;
  const last = fix.guards.at(-1);
  const guard = last
    ? `${last.ok ? 'held' : 'broke'} ${last.guard.replaceAll('_', ' ')}: ${firstLine(last.evidence, 160)}`
    : firstLine(fix.title, 160);
  return `${plainText(fix.testName)}: ${progress.kind === 'guard' ? guard : `${progress.kind}, ${firstLine(fix.title, 120)}`}`;
}
