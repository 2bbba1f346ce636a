import type { TestStrategy } from '@testimony/contracts';
import type { RequestExecution } from '@testimony/execution';
import type { Backend } from '../backend';
import type { Project } from '../project/open-project';
import type { World } from '../terminal/world';
import { follow } from './follow';

/** On the head; mostly two or three suffice, and the budget of the run bounds their sum. */
const ATTEMPTS_WITH_RETRY = 6;

/** What runs are compared with. */
export type Compared = Pick<RequestExecution, 'base' | 'revision'>;

/** The request of an execution as the project's configuration wants it. */
export function requestOf(project: Project, strategy: TestStrategy, compared: Compared): RequestExecution {
  const { general } = project.loaded.configuration;
  return {
    projectId: project.location.projectId,
    strategy,
    parallel: general.parallel_workers,
    defaultTimeoutMs: general.test_timeout_seconds * 1000,
    maxAttempts: general.enable_intelligent_retry ? ATTEMPTS_WITH_RETRY : 1,
    learning: general.learning_enabled,
    ...compared,
  };
}

/** Runs tests again, with the fixes that were applied to them (test id -> fix id), to the end; the id of that execution. */
export type RunAgain = (strategy: TestStrategy, healedBy: Readonly<Record<string, string>>) => Promise<string>;

export function runAgain(world: World, project: Project, backend: Backend, compared: Compared): RunAgain {
  return async (strategy, healedBy) => {
    const id = await backend.executions.request({ ...requestOf(project, strategy, compared), healedBy });
    await follow(world, backend, id, strategy, { reporters: [], maxFailures: undefined, json: false });
    return id;
  };
}
