// What a worker process is started with: two JSON lines on its standard input, the workspace and then the assignment, which may
// come later (a worker on standby). The input then stays open as its life line.
// Never in arguments or environment, where test code could read it. Plain types: a worker starts without a schema library.

export interface WorkerAssignment {
  readonly workerId: string;
  readonly executionId: string;
  readonly projectId: string;
  readonly slots: number;
  /** Where execution answers workers, e.g. http://127.0.0.1:4711 */
  readonly executionUrl: string;
  /** Short-lived, good for this execution only. */
  readonly token: string;
}

/** What its tests run on. Holds secrets of the system under test. */
export interface WorkerWorkspace {
  /** The project's folder. */
  readonly root: string;
  readonly services: Readonly<Record<string, { readonly baseUrl?: string; readonly headers: Readonly<Record<string, string>> }>>;
  /** The same services of the base revision, where there is one to compare with. */
  readonly base?: Readonly<Record<string, { readonly baseUrl?: string; readonly headers: Readonly<Record<string, string>> }>>;
  /** Proposed texts of files, each under the sha256 of its text; for attempts with an overlay. */
  readonly overlayDir: string;
  /** The environment of test code. */
  readonly environment: Readonly<Record<string, string>>;
  /** Values that must not leave a test's process readable. */
  readonly secrets: readonly string[];
  readonly artifactDir: string;
  readonly cacheDir: string;
  /** Lanes of this framework to open before there is an assignment: its test processes start meanwhile. */
  readonly warm?: { readonly framework: string; readonly lanes: number };
  /** Where results wait until they are acknowledged; workers of one machine share it. */
  readonly spoolDir: string;
}

export interface WorkerInput {
  readonly assignment: WorkerAssignment;
  readonly workspace: WorkerWorkspace;
}
