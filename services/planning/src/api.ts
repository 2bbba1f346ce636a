import type { Configuration, Manifest, TestStrategy } from '@testimony/contracts';

export interface ProjectLocation {
  readonly projectId: string;
  readonly name: string;
  readonly root: string;
  readonly configuration: Configuration;
}

export interface ManifestResult {
  readonly manifest: Manifest;
  /** False when the sources have not changed since the manifest that was there. */
  readonly changed: boolean;
  /** What could not be read, one sentence each, with file and line. */
  readonly problems: readonly string[];
}

export interface StrategyRequest {
  readonly name: string;
  readonly description: string;
  /** Only tests of these services; all without. A name that no service has is a DomainError that names the nearest. */
  readonly services?: readonly string[];
  /** What the tests' `prior.changed` compares with, as git names it; without it, `services.<name>.baseline.revision`. */
  readonly baseRevision?: string;
  /** The tests run at once: what would take long and is needed only when one fails is left for later (`withPatterns`). */
  readonly runsAtOnce?: boolean;
}

export interface StrategyResult {
  readonly strategy: TestStrategy;
  /** Modules that are not tests yet (no `run`, a syntax error), one sentence each. */
  readonly problems: readonly string[];
  /** What the plan had to do without, such as the history of a project that is in no repository; worth saying only to who asks. */
  readonly notes?: readonly string[];
}

/** What the planning service does for its callers, in process (embedded) and, later, behind the gateway. */
export interface Planning {
  /**
   * Reads the sources; with `force` even when their hashes are those of `previous`. An OpenAPI document that `services.<name>.openapi`
   * names and that is no file of the project is asked of the running service; one that does not answer is a problem, not an error.
   */
  manifest(project: ProjectLocation, options: { readonly previous?: Manifest; readonly force: boolean }): Promise<ManifestResult>;
  /**
   * Plans and stores strategy.generated. Throws a DomainError: `no-tests` when there is nothing to plan, `service-unknown` for a service
   * that is not there, `dependencies-broken` when tests wait for each other in a circle or for a test that does not exist.
   */
  strategy(project: ProjectLocation, manifest: Manifest, request: StrategyRequest): Promise<StrategyResult>;
  /** The strategy with what the sources of its tests show of flakiness, read now where planning had left it for later. */
  withPatterns(project: ProjectLocation, strategy: TestStrategy): Promise<TestStrategy>;
  /** Throws a DomainError `strategy-unknown` that says how to make one. */
  findStrategy(projectId: string, strategyId: string): Promise<TestStrategy>;
  /** Takes a strategy from a file (planned elsewhere, e.g. in another CI job) into this store; again is no error. */
  importStrategy(projectId: string, strategy: TestStrategy): Promise<void>;
}
