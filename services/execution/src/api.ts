import type {
  Attempt,
  Conditions,
  Decision,
  EventData,
  ExecutionStatus,
  FailureClass,
  Summary,
  TestAttempted,
  TestCase,
  TestDecided,
  TestExecution,
  TestStrategy,
} from '@testimony/contracts';

export interface RequestExecution {
  readonly projectId: string;
  readonly strategy: TestStrategy;
  readonly parallel: number;
  /** For tests that name no limit of their own. */
  readonly defaultTimeoutMs: number;
  /** Attempts a failing test may have in all. */
  readonly maxAttempts: number;
  /** The commit of what is tested, and whether files differ from it. */
  readonly revision?: { readonly commit: string; readonly dirty: boolean };
  /** Whether attempts can be made against the base revision. */
  readonly base: boolean;
  /** All attempts in proportion to the planned tests, 1.15 by default; a small suite gets at least a dozen more than its tests. */
  readonly attemptBudget?: number;
  /** Whether success of earlier retries changes the next decision. */
  readonly learning: boolean;
  /** Fixes that were applied: test id -> fix id. Such a test is `healed` when it passes. */
  readonly healedBy?: Readonly<Record<string, string>>;
}

/** One attempt that an experiment makes. */
export interface Trial {
  readonly testId: string;
  readonly conditions: Conditions;
}

export interface RequestExperiment {
  readonly projectId: string;
  /** What it is to find out, in a sentence. */
  readonly question: string;
  /** The tests that trials name. */
  readonly tests: readonly TestCase[];
  /**
   * Each inner list runs in its order in one lane, one after the other; lists run side by side, as many as `parallel` says. A list of one is
   * a trial of its own. A trial whose worker was lost is made again when it stands alone; in a longer list it is `lost`, since what ran before it is.
   */
  readonly trials: readonly (readonly Trial[])[];
  readonly parallel: number;
  readonly defaultTimeoutMs: number;
}

/** What came of a trial, in the order of the request. `attempt` is undefined when it was lost before anything was known. */
export interface TrialResult extends Trial {
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'lost';
  readonly attempt?: Attempt;
}

/** What is known of a test from earlier executions of the project, newest first. */
export interface PastResult {
  readonly executionId: string;
  readonly at: Date;
  readonly commit: string | null;
  readonly decision: Decision;
}

/** How often a kind of retry gave a pass, by the class of the failure before it. */
export interface LearnedRetry {
  readonly class: FailureClass;
  /** `isolated`, `same`, `base`. */
  readonly policy: string;
  readonly tried: number;
  readonly passed: number;
}

export interface ExecutionRow {
  readonly id: string;
  readonly strategyId: string;
  readonly strategyName: string;
  readonly status: ExecutionStatus;
  readonly summary: Summary;
  readonly requestedAt: Date;
  readonly completedAt: Date | null;
}

/** What a watcher sees, in the order in which it was stored. */
export type ExecutionProgress =
  | { readonly kind: 'attempted'; readonly data: EventData<typeof TestAttempted> }
  | { readonly kind: 'decided'; readonly data: EventData<typeof TestDecided> }
  | { readonly kind: 'started' }
  | { readonly kind: 'worker-lost'; readonly reason: string }
  /** The system under test went away: its tests wait, and what they met does not count. */
  | { readonly kind: 'outage'; readonly state: 'began'; readonly url: string; readonly tests: number; readonly reason: string }
  /** It is back, or nobody waits any longer and what is left of its tests is `lost`. */
  | { readonly kind: 'outage'; readonly state: 'ended'; readonly url: string; readonly recovered: boolean; readonly durationMs: number }
  | { readonly kind: 'ended'; readonly status: ExecutionStatus; readonly summary: Summary; readonly reason?: string };

/** What the execution service does for its callers, in process (embedded) and, later, behind the gateway. */
export interface Executions {
  /** Decides and stores execution.requested and execution.admitted; returns the execution's id. */
  request(command: RequestExecution): Promise<string>;
  /** Requests an experiment; returns its execution's id. It is no row of `list`. */
  experiment(command: RequestExperiment): Promise<string>;
  /** Of an experiment that has ended. */
  trials(executionId: string): Promise<TrialResult[]>;
  /** What became of these tests in the project's newest runs; at most `limit` each. */
  history(projectId: string, testIds: readonly string[], limit: number): Promise<Map<string, PastResult[]>>;
  /** What retries have taught; empty after a reset. */
  learned(projectId: string): Promise<LearnedRetry[]>;
  resetLearned(projectId: string): Promise<void>;
  /** Ends experiments and rechecks of the project that nobody waits for any more, since the process that asked for them is gone. Returns how many. */
  endForsaken(projectId: string): Promise<number>;
  /** Ends it with the reason; undecided tests get no verdict painted on them: they are `lost`. */
  cancel(executionId: string, reason: string): Promise<void>;
  /** Takes up an execution whose process died: leases of the former life are released, and execution.admitted is said again. */
  resume(executionId: string): Promise<void>;
  /** Whole, with every attempt. Throws a DomainError `execution-unknown`. */
  get(executionId: string): Promise<TestExecution>;
  /** Newest first. */
  list(projectId: string, limit: number): Promise<ExecutionRow[]>;
  /** Follows one execution from its first event to its end; ends after `ended`. */
  watch(executionId: string, signal?: AbortSignal): AsyncIterable<ExecutionProgress>;
}
