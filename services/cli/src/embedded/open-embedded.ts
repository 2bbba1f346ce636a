import type { ProjectLocation } from '@testimony/planning';
import { localProvider, type LocalProvider } from '@testimony/runner';
import { workerMain } from '@testimony/worker';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, BackendOptions } from '../backend';
import { openDatabase } from './database';
import { testEnvironment } from './test-environment';

/**
 * Opens the services in this process. Database and worker start first, since they are processes of their own: this one loads and
 * composes the services meanwhile, which takes as long.
 * @public Called by main.ts through require, so that it is loaded only when a command needs it.
 */
export async function openEmbedded(project: ProjectLocation, options: BackendOptions): Promise<Backend> {
  const launched = Promise.withResolvers<void>();
  const opening = openDatabase(options.stateFolder, process.env, launched.resolve);
  // Awaited by compose; this keeps an error that comes before from being called unhandled.
  opening.catch(() => undefined);
  const provider = options.runs && workersOf(project, options);
  if (options.runs && existsSync(join(project.root, 'services')))
    provider?.standBy(project.projectId, { framework: 'native', lanes: options.runs.slots });
  try {
    // Loading the services keeps this process from doing anything else for a quarter of a second.
    await Promise.race([launched.promise, opening]);
    const { compose } = require('./compose') as typeof import('./compose');
    const backend = await compose(project, options, { opening, provider });
    return {
      ...backend,
      close: async () => {
        provider?.dismiss();
        await backend.close();
      },
    };
  } catch (error) {
    provider?.dismiss();
    throw error;
  }
}

function workersOf(project: ProjectLocation, options: BackendOptions): LocalProvider {
  const state = (folder: string): string => join(options.stateFolder, folder);
  return localProvider({
    workerMain,
    stateDir: options.stateFolder,
    workspaceOf: () => ({
      root: project.root,
      services: options.targets,
      ...(options.baseTargets && { base: options.baseTargets }),
      overlayDir: state('overlays'),
      environment: testEnvironment(process.env),
      secrets: options.secrets,
      artifactDir: state('artifacts'),
      cacheDir: state('cache'),
      spoolDir: state('spool'),
    }),
  });
}
