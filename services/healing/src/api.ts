import type { Detection, Fix, HealingStats, Quarantine, TestCase, TestExecution, TestStrategy } from '@testimony/contracts';
import type { Trial, TrialOutcome } from './experiments';

/** Where a project's files lie, and what its tests run against. */
export interface HealedProject {
  readonly projectId: string;
  readonly root: string;
  /** Proposed texts are put here, each under the sha256 of its text, for attempts with an overlay. */
  readonly overlayDir: string;
  /** Proposals and texts from before a fix are kept here, `<fixId>.patch`. */
  readonly patchDir: string;
}

/** How attempts under conditions are made: the execution service, wherever it runs. */
export interface Experiments {
  /** Runs the trials (each inner list in its order in one lane) and answers in their order. Rejects when `signal` aborts. */
  run(request: {
    readonly question: string;
    readonly tests: readonly TestCase[];
    readonly trials: readonly (readonly Trial[])[];
    readonly signal?: AbortSignal;
  }): Promise<TrialOutcome[]>;
}

export interface HealingLimits {
  /** `auto_apply_fixes` or `--auto-fix`. */
  readonly apply: boolean;
  /** `min_confidence_for_auto_fix`. */
  readonly minConfidence: number;
  /** `max_auto_fix_attempts`: candidates that are put to the proof, for each test. */
  readonly maxCandidates: number;
  /** Attempts that may be made for one test in all. */
  readonly maxRuns: number;
}

export type HealingProgress =
  | { readonly kind: 'detecting'; readonly testId: string; readonly message: string }
  | { readonly kind: 'guard'; readonly testId: string; readonly fix: Fix }
  | { readonly kind: 'healed' | 'proven' | 'rejected'; readonly testId: string; readonly fix: Fix };

/** What the healing service does for its callers. */
export interface Healing {
  /**
   * Tries tests under conditions, most informative first, until it is sure of each or `runsEach` times as many runs as there are tests are
   * spent: half of them evenly, the others where they tell most. Checks of failures and the search for polluters come on top.
   */
  detect(
    project: HealedProject,
    tests: readonly TestCase[],
    options: { readonly runsEach: number; readonly seed: number; readonly signal?: AbortSignal; readonly tell?: (message: string) => void },
  ): Promise<Detection[]>;
  /**
   * For each flaky test of an execution: detects why, makes candidates, and puts them to the proof, the likeliest first. Proven ones are
   * applied where `limits` allows. Nothing is changed for a test that is not flaky.
   */
  heal(
    project: HealedProject,
    execution: TestExecution,
    strategy: TestStrategy,
    limits: HealingLimits,
    options?: {
      readonly signal?: AbortSignal;
      readonly tell?: (progress: HealingProgress) => void;
      /** Only these tests; the other results tell what ran before and beside them. */
      readonly only?: ReadonlySet<string>;
      /** Tests whose failure is the product's by somebody else's finding (debugging), with the reason: test id -> sentence. */
      readonly refuse?: ReadonlyMap<string, string>;
    },
  ): Promise<Fix[]>;
  /** Applies a proven fix, unless its file has changed since. Throws a DomainError `fix-not-proven`, `file-changed`, `file-outside`, `file-missing`, `file-read-only`, and `file-dirty` for the actor `auto-fix`. */
  apply(project: HealedProject, fixId: string, actor: string): Promise<Fix>;
  /** Puts the text from before back, unless the file has changed since. */
  revert(project: HealedProject, fixId: string, reason: string): Promise<Fix>;
  /** Reverts the applied fix of each test that failed again the same way. */
  revertFailed(project: HealedProject, execution: TestExecution): Promise<Fix[]>;
  /** Notes in which execution the test ran again with this fix, and `of` which one it was flaky in; throws a DomainError `fix-unknown`. */
  rechecked(fixId: string, executionId: string, of?: string): Promise<Fix>;
  /** Of an application that a crash cut short: finishes or undoes it. To be called before a run. */
  recover(project: HealedProject): Promise<Fix[]>;
  /** Makes applied fixes say what their files say, where somebody put a file back by hand; those that changed by it. To be called before they are listed. */
  reconcile(project: HealedProject): Promise<Fix[]>;
  fixes(projectId: string, limit: number): Promise<Fix[]>;
  stats(projectId: string): Promise<HealingStats>;
  quarantine(projectId: string, entry: Quarantine): Promise<void>;
  /** `evidence`: clean runs since; without enough of them it is refused (`evidence-missing`). */
  release(projectId: string, testId: string, reason: string, evidence: { readonly runs: number; readonly failed: number }): Promise<void>;
  /** Those that stand at `now`; expired ones count again. */
  quarantined(projectId: string, now: Date): Promise<Quarantine[]>;
}
