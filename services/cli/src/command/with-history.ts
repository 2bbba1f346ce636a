import type { Backend } from '../backend';
import { openProject } from '../project/open-project';
import type { Project } from '../project/open-project';
import type { World } from '../terminal/world';
import type { CommonOptions } from './options';

/** For commands that look at what was kept and run nothing: opens the project and its stores, and closes them after the work. */
export async function withHistory<T>(
  world: World,
  options: CommonOptions,
  work: (project: Project, backend: Backend) => Promise<T>,
): Promise<T> {
  const project = await openProject(world, { ...options, unsetVariablesLeftOut: true });
  const backend = await world.open(project.location, {
    stateFolder: project.stateFolder,
    secrets: project.loaded.secrets,
    targets: {},
    verbose: options.verbose ?? false,
  });
  try {
    return await work(project, backend);
  } finally {
    await backend.close();
  }
}
