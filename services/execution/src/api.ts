import type { EventData, ExecutionStatus, Summary, TestAttempted, TestDecided, TestExecution, TestStrategy } from '@testimony/contracts';

export interface RequestExecution {
  readonly projectId: string;
  readonly strategy: TestStrategy;
  readonly parallel: number;
  /** For tests that name no limit of their own. */
  readonly defaultTimeoutMs: number;
  /** Attempts a failing test may have in all. */
  readonly maxAttempts: number;
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
  | { readonly kind: 'ended'; readonly status: ExecutionStatus; readonly summary: Summary; readonly reason?: string };

/** What the execution service does for its callers, in process (embedded) and, later, behind the gateway. */
export interface Executions {
  /** Decides and stores execution.requested and execution.admitted; returns the execution's id. */
  request(command: RequestExecution): Promise<string>;
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
