/** What our reporter, inside Playwright's own process, tells the session: one JSON document a line on file descriptor 3. */
export const FRAME_FD = 3;

/** Names of environment variables by which the session speaks to the reporter. */
export const ROOT_VARIABLE = 'TESTIMONY_PLAYWRIGHT_ROOT';

export interface ListedTest {
  /** Project-relative. */
  readonly file: string;
  /** `[browser project]` first where it has a name, then the titles of describes, then the test's. */
  readonly titlePath: readonly string[];
  readonly project: string;
  readonly line: number;
  readonly tags: readonly string[];
  readonly timeoutMs: number;
  readonly skip?: string;
  /** `use.baseURL` of its browser project, where the configuration names one. */
  readonly baseUrl?: string;
}

export interface ReportedError {
  readonly message?: string;
  readonly stack?: string;
  readonly value?: string;
}

export interface EndedTest {
  readonly file: string;
  readonly titlePath: readonly string[];
  readonly status: 'passed' | 'failed' | 'timedOut' | 'skipped' | 'interrupted';
  readonly expectedStatus: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly skip?: string;
  readonly errors: readonly ReportedError[];
  readonly output: readonly string[];
  readonly steps: readonly string[];
  /** What the last step failed with, where it did. */
  readonly lastStepError?: string;
  readonly attachments: readonly { readonly name: string; readonly contentType: string; readonly path?: string; readonly body?: string }[];
}

export type PlaywrightFrame =
  | { readonly type: 'tests'; readonly tests: readonly ListedTest[] }
  | { readonly type: 'begin'; readonly file: string; readonly titlePath: readonly string[] }
  | { readonly type: 'end'; readonly test: EndedTest }
  /** Not of one test: a file that does not load, a global set-up that fails. */
  | { readonly type: 'error'; readonly error: ReportedError; readonly file?: string; readonly line?: number };

/** The name of a test within a run. */
export function keyOf(test: { readonly file: string; readonly titlePath: readonly string[] }): string {
  return JSON.stringify([test.file, ...test.titlePath]);
}
