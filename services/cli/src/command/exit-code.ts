import { DomainError, EXIT } from '@testimony/contracts';
import type { TestExecution } from '@testimony/contracts';
import { conclusionOf } from '../report/conclusion';

export interface ExitRules {
  /** A flaky test makes the run red. */
  readonly failOnFlaky: boolean;
  /** Tests whose failure does not fail the run for now. */
  readonly quarantined?: ReadonlySet<string>;
}

/** The exit code that an execution's outcome stands for. An execution that has not ended cannot be judged: infrastructure. */
export function exitCodeOf(
  execution: Pick<TestExecution, 'status' | 'summary'> & Partial<Pick<TestExecution, 'results'>>,
  rules: ExitRules,
): number {
  const { summary } = execution;
  const { status, excused } = conclusionOf(execution, rules.quarantined ?? new Set());
  switch (status) {
    case 'cancelled':
      return EXIT.cancelled;
    case 'empty':
      return EXIT.noTestRan;
    case 'failed':
      return EXIT.testsFailed;
    case 'lost':
    case 'running':
      return EXIT.infrastructure;
    case 'passed':
      // The status is not believed against its own numbers: green needs a test that ran and none that is red.
      if (summary.failed > excused.length) return EXIT.testsFailed;
      if (summary.lost > 0) return EXIT.infrastructure;
      if (summary.passed + summary.flaky + summary.healed + excused.length === 0) return EXIT.noTestRan;
      return rules.failOnFlaky && summary.flaky > 0 ? EXIT.testsFailed : EXIT.passed;
  }
}

/** Disk and rights as Node and Postgres name them, in words. */
const SYSTEM_SENTENCES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room (old runs are in .e2e/) and run again',
  EDQUOT: 'The disk quota is used up: make room (old runs are in .e2e/) and run again',
  '53100': 'The disk of the database is full: make room (old runs are in .e2e/) and run again',
  EACCES: 'A file or folder may not be written by this user: give it the right to, or run as its owner',
  EPERM: 'A file or folder may not be changed by this user: give it the right to, or run as its owner',
  EROFS: 'The file system is read-only: choose a project folder, or a XDG_STATE_HOME, that can be written',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n) or run fewer workers with -j',
  ECONNREFUSED: 'A server that is needed does not answer: check DATABASE_URL if it is set, then "e2e doctor"',
  ENOTFOUND: 'A host name is not known: check DATABASE_URL if it is set, then "e2e doctor"',
};

export interface Ending {
  readonly exitCode: number;
  /** For the person; one or more whole sentences. */
  readonly message: string;
}

/** What an error means for the person and the pipeline. */
export function endingOf(error: unknown): Ending {
  if (error instanceof DomainError) {
    if (error.kind === 'no-tests') return { exitCode: EXIT.noTestRan, message: error.message };
    return { exitCode: error.status >= 500 ? EXIT.infrastructure : EXIT.usage, message: error.message };
  }
  const system = systemErrorIn(error);
  if (system) {
    const place = system.path ? ` (${system.path})` : '';
    return { exitCode: EXIT.infrastructure, message: `${SYSTEM_SENTENCES[system.code] ?? system.code}${place}.` };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: EXIT.infrastructure, message: `This should not have happened: ${message.split('\n')[0] ?? ''} (-v shows where).` };
}

/** How deep a chain of causes is followed: a cycle must not hang the ending. */
const DEEPEST_CAUSE = 8;

function systemErrorIn(error: unknown): { code: string; path?: string } | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && typeof current === 'object' && current !== null; depth++) {
    const { code, path } = current as { code?: unknown; path?: unknown };
    if (typeof code === 'string' && Object.hasOwn(SYSTEM_SENTENCES, code)) {
      return { code, ...(typeof path === 'string' ? { path } : {}) };
    }
    const next: unknown = current instanceof AggregateError ? current.errors[0] : (current as { cause?: unknown }).cause;
    current = next;
  }
  return undefined;
}
