import type { Attempt, Count, DebugReport, Fix, Manifest, TestExecution, TestStrategy } from '@testimony/contracts';

/** What a failure is looked at with; whatever is missing is said in the analysis instead of guessed. */
export interface Surroundings {
  readonly projectId: string;
  readonly root: string;
  readonly execution: TestExecution;
  readonly strategy: TestStrategy;
  readonly manifest?: Manifest;
  /** By test: the commit of its last pass, and how often it ran and failed in earlier runs. */
  readonly history: ReadonlyMap<
    string,
    { readonly lastPass?: { readonly commit: string | null; readonly at: Date }; readonly before: Count }
  >;
  /** What changes are counted from for a test that has no pass to compare with. */
  readonly baseRevision?: string;
  /** Fixes that healing proposed for these tests. */
  readonly fixes: readonly Fix[];
  /** Attempts of experiments that were made to find out more, by test. */
  readonly experiments?: ReadonlyMap<string, readonly Attempt[]>;
}

/** What the debugging service does for its callers. */
export interface Debugging {
  /** Analyses every test that failed, was flaky or lost, stores failure.analysed and failures.clustered, and returns them. Again for the same execution: anew. */
  analyse(surroundings: Surroundings): Promise<DebugReport>;
  /** The newest analysis of an execution. Throws a DomainError `analysis-unknown`. */
  report(executionId: string): Promise<DebugReport>;
}
