import type { ServiceTarget } from '@testimony/frameworks';
import type { Debugging } from '@testimony/debugging';
import type { Executions } from '@testimony/execution';
import type { HealedProject, Healing } from '@testimony/healing';
import type { Planning, ProjectLocation } from '@testimony/planning';

/** Where the command line's work is done: the same services, composed in this process or, later, behind a server. */
export interface Backend {
  readonly planning: Planning;
  readonly executions: Executions;
  /** Opened when it is first asked for: most runs need neither. */
  healing(): Promise<Healing>;
  debugging(): Promise<Debugging>;
  /** Where healing finds the project's files and keeps its own. */
  readonly healedProject: HealedProject;
  /** Why executions cannot go on here, in a sentence; undefined while all is well. Asked when nothing happens. */
  trouble(): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface BackendOptions {
  /** `<project>/.e2e`, or the user's own state folder where the project cannot be written. */
  readonly stateFolder: string;
  /** Values that must be masked in whatever is kept. */
  readonly secrets: readonly string[];
  /** How tests reach the services of the system under test; read when a worker starts. */
  readonly targets: Readonly<Record<string, ServiceTarget>>;
  /** The same services of the base revision, where there is one to compare with. */
  readonly baseTargets?: Readonly<Record<string, ServiceTarget>>;
  /** True with `-v`: the services' own log lines go to stderr. */
  readonly verbose: boolean;
  /** Given when executions will be requested or resumed: then workers can start, and no other process runs this project's tests. */
  readonly runs?: { /** Tests side by side. */ readonly slots: number };
}

export type OpenBackend = (project: ProjectLocation, options: BackendOptions) => Promise<Backend>;
