import type { ServiceSettings } from '@testimony/contracts';
import type { Backend } from '../backend';
import { startBase } from '../lifecycle/base-services';
import type { BaseServices } from '../lifecycle/base-services';
import { requireReady, startServices } from '../lifecycle/services-under-test';
import type { ServicesUnderTest } from '../lifecycle/services-under-test';
import type { Project } from '../project/open-project';
import { painter, say, wantsColour } from '../terminal/world';
import type { World } from '../terminal/world';
import { serviceTargets } from './targets';

/** The services under test, those of the base revision, and the program's own services, for as long as a command works with them. */
export interface RunningSystem {
  readonly backend: Backend;
  readonly running: ServicesUnderTest;
  readonly base: BaseServices;
  /** Aborted when the person stops the program, or when the work is over. */
  readonly signal: AbortSignal;
}

export interface SystemOptions {
  readonly verbose?: boolean;
  /** Stronger than the configuration's, where a command was told them. */
  readonly services?: Readonly<Record<string, ServiceSettings>>;
  /** With those of the services. */
  readonly secrets?: readonly string[];
}

/**
 * Starts the services under test and their base, then the backend beside them (loading it takes longer than a start), and ends all of them
 * when the work is done or anything fails, before the error is shown.
 */
export async function withSystem<T>(
  world: World,
  project: Project,
  options: SystemOptions,
  work: (system: RunningSystem) => Promise<T>,
): Promise<T> {
  const { general, services: configured } = project.loaded.configuration;
  const services = options.services ?? configured;
  const secrets = options.secrets ?? project.loaded.secrets;
  const paint = painter(wantsColour(world.environment, world.stderr));
  const giveUp = new AbortController();
  const signal = AbortSignal.any([giveUp.signal, world.interruption.signal]);
  const starting = {
    root: project.location.root,
    stateFolder: project.stateFolder,
    services,
    deadlineMs: general.start_timeout_seconds * 1000,
    environment: world.environment,
    secrets,
    signal,
    tell: (line: string) => say(world, paint('dim', line)),
    atSecond: world.interruption.atSecond,
  };
  const running = await startServices(starting);
  // Workers are told at their start where the base is.
  const base = await startBase(starting).catch(async (error: unknown) => {
    await running.stop();
    throw error;
  });
  const opening = world.open(project.location, {
    stateFolder: project.stateFolder,
    secrets,
    targets: serviceTargets(services),
    ...(Object.keys(base.services).length > 0 ? { baseTargets: serviceTargets(base.services) } : {}),
    verbose: options.verbose ?? false,
    runs: { slots: general.parallel_workers },
  });
  const opened = opening.then(
    (backend) => backend,
    () => undefined,
  );
  try {
    // The error of a service is not kept waiting for a database.
    const backend = await Promise.race([opening, running.ready().then(() => opening)]);
    return await work({ backend, running, base, signal });
  } finally {
    giveUp.abort();
    const backend = await opened;
    const ends = await Promise.allSettled([running.stop(), base.stop(), backend?.close()]);
    for (const end of ends) if (end.status === 'rejected') say(world, `Something could not be ended: ${String(end.reason)}`);
  }
}

/** As `withSystem`, and waits until all services answer: for commands that run tests of any of them. */
export function withRunningSystem<T>(
  world: World,
  project: Project,
  options: SystemOptions,
  work: (system: RunningSystem) => Promise<T>,
): Promise<T> {
  return withSystem(world, project, options, async (system) => {
    await system.running.ready();
    await requireReady({
      services: project.loaded.configuration.services,
      signal: system.signal,
      tell: (line) => say(world, line),
      secrets: project.loaded.secrets,
    });
    return work(system);
  });
}
