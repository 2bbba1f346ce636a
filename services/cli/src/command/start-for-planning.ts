import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Project } from '../project/open-project';
import { startServices } from '../lifecycle/services-under-test';
import type { ServicesUnderTest } from '../lifecycle/services-under-test';
import { say } from '../terminal/world';
import type { World } from '../terminal/world';

/** True when an OpenAPI document is no file but served by what a `start` command starts. */
export function planningNeedsServices({ location, loaded }: Project): boolean {
  const services = Object.values(loaded.configuration.services);
  return (
    services.some(({ start }) => start !== undefined) &&
    services.some(({ openapi }) => openapi !== undefined && !existsSync(resolve(location.root, openapi)))
  );
}

/** Starts the services for as long as their documents are read; undefined when no document needs them. */
export async function startForPlanning(world: World, project: Project): Promise<ServicesUnderTest | undefined> {
  if (!planningNeedsServices(project)) return undefined;
  const services = await startServices({
    root: project.location.root,
    stateFolder: project.stateFolder,
    services: project.loaded.configuration.services,
    deadlineMs: project.loaded.configuration.general.start_timeout_seconds * 1000,
    environment: world.environment,
    secrets: project.loaded.secrets,
    signal: world.interruption.signal,
    tell: (line) => say(world, line),
    atSecond: world.interruption.atSecond,
  });
  await services.ready();
  return services;
}
