import type { WorkerAssignment } from '@testimony/contracts';

export type WorkerEnd = { readonly kind: 'finished' } | { readonly kind: 'lost'; readonly reason: string };

export interface WorkerHandle {
  readonly workerId: string;
  /** Resolves once, when the worker has ended, however it ended. */
  readonly ended: Promise<WorkerEnd>;
  /** Ends it: politely, then by force after `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** Ends it at once by force; it has then ended as lost. */
  kill(): void;
}

/** Where workers come from. Local processes here, pods of a Kubernetes Job later; one contract test serves all. */
export interface WorkerProvider {
  readonly name: string;
  start(assignment: WorkerAssignment): Promise<WorkerHandle>;
  /** Removes what an earlier life of the runner left behind. Returns how many. */
  sweep(): Promise<number>;
}
