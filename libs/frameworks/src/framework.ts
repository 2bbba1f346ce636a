import type { Artifact, Conditions, Failure, Outcome, RequestRecord } from '@testimony/contracts';

/** One test as its framework finds it in the source, before any plan. */
export interface DiscoveredTest {
  /** Stable across machines and edits elsewhere: made of framework, file and title. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly framework: string;
  readonly service: string;
  /** Project-relative, with forward slashes. */
  readonly file: string;
  readonly titlePath: readonly string[];
  readonly line?: number;
  readonly tags: readonly string[];
  /** Ids, or names of modules of the same service, that must pass first. */
  readonly dependencies: readonly string[];
  readonly timeoutMs?: number;
  readonly skip?: string;
  /** Its file cannot be loaded, so which tests stand in it is not known: this stands for all of them, and fails. */
  readonly broken?: true;
  /** `METHOD /path` of each call that can be read from the source; parameters that are not literal as `{}`. */
  readonly endpoints: readonly string[];
}

/** What is wrong with a file that is a test or looks like one, in one sentence a person can act on. */
export interface DiscoveryProblem {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

export interface Discovery {
  readonly tests: DiscoveredTest[];
  readonly problems: DiscoveryProblem[];
}

/** A service of the system under test as tests reach it. */
export interface ServiceTarget {
  readonly baseUrl?: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface SessionOptions {
  /** The project's folder. */
  readonly root: string;
  readonly services: Readonly<Record<string, ServiceTarget>>;
  /** The same services of the base revision; a test with `revision: 'base'` runs against these. Without them it is `lost` with that reason. */
  readonly base?: Readonly<Record<string, ServiceTarget>>;
  /** Proposed texts of files, each in a file named by the sha256 of its text. */
  readonly overlayDir: string;
  /** Where traces and screenshots may be kept. */
  readonly artifactDir: string;
  /** Where compiled modules may be kept between runs. */
  readonly cacheDir: string;
  /** The environment of test code. Credentials of this service are never in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Values that must not leave the test's process readable. */
  readonly secrets: readonly string[];
}

export interface TestToRun {
  /** The caller's name for this try, given back with the outcome. */
  readonly key: string;
  readonly service: string;
  readonly file: string;
  readonly titlePath: readonly string[];
  readonly timeoutMs: number;
  /**
   * Under what it runs. `isolated`: in a fresh process that no other test has used or will use. Tests with equal conditions and one
   * sequence (`order`) share a process as tests of a normal run do, which is fresh at the sequence's first; nothing else shares it.
   */
  readonly conditions: Conditions;
}

export interface TestOutcome {
  readonly key: string;
  readonly outcome: Outcome;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly failure?: Failure;
  readonly reason?: string;
  /** With a mutation: how many answers it changed. A test that met none was never put to this proof. */
  readonly mutatedAnswers?: number;
  readonly requests: RequestRecord[];
  readonly logs: string[];
  readonly artifacts: Artifact[];
}

/** One lane of work: runs one selection at a time and keeps what is costly (a warm process) between selections. */
export interface Session {
  /**
   * Runs the tests in the order given (within one file, in the file's own order where the framework knows no other) and reports each as soon as it is known, exactly once each, unless `signal` aborts:
   * then what runs is killed and what was not reported stays unreported. Never rejects because of a test.
   */
  run(tests: readonly TestToRun[], report: (outcome: TestOutcome) => void, signal: AbortSignal): Promise<void>;
  /** Ends every process of this session. */
  close(): Promise<void>;
}

/** What this product needs to know of a test framework. A new one is a folder with this and a line in `frameworks.ts`. */
export interface Framework {
  readonly name: string;
  /** Finds its tests below `root`, without running them; only those of `services` where given. */
  discover(root: string, services?: readonly string[]): Promise<Discovery>;
  /** The conditions that this framework can bring about, beside `isolated` and `revision`. A test that asks for another is `lost` with that reason. */
  readonly conditions: readonly (keyof Conditions)[];
  /** Opens a lane. Cheap work only: processes may start here, but nothing is awaited that a first `run` could await. */
  open(options: SessionOptions): Session;
}
