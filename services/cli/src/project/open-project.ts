import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { DomainError } from '@testimony/contracts';
import type { ProjectLocation } from '@testimony/planning';
import { CONFIGURATION_FILE, configurationWithoutFile, loadConfiguration, locateProject } from '../configuration/load';
import type { LoadedConfiguration } from '../configuration/load';
import type { SettingValues } from '../configuration/settings';
import { say } from '../terminal/world';
import type { World } from '../terminal/world';
import { openStateFolder } from './state-folder';

/** What every command that works on a project starts with. */
export interface Project {
  readonly location: ProjectLocation;
  readonly loaded: LoadedConfiguration;
  readonly stateFolder: string;
}

export interface ProjectOptions {
  readonly project?: string;
  readonly flags?: SettingValues;
  /** True for work that needs no configuration, such as reading the sources. */
  readonly configurationOptional?: boolean;
  /** True for work that needs no services, such as showing history: a value whose variable is unset is left out. */
  readonly unsetVariablesLeftOut?: boolean;
}

export async function openProject(world: World, options: ProjectOptions): Promise<Project> {
  const root = await locateProject(options.project, world.cwd);
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    throw new DomainError('project-missing', `There is no folder ${root}: name the project's folder with -p DIR.`, 404);
  }
  const reading = { unsetVariablesLeftOut: options.unsetVariablesLeftOut ?? false };
  const loaded = await loadConfiguration(root, world.environment, options.flags, reading).catch((error: unknown) => {
    if (options.configurationOptional && error instanceof DomainError && error.kind === 'configuration-missing') {
      return configurationWithoutFile(world.environment, options.flags);
    }
    throw error;
  });
  const location = locationOf(root, loaded);
  const stateFolder = openStateFolder(root, location.projectId, world.environment);
  if (!stateFolder.startsWith(root)) say(world, `${root} cannot be written: what is kept goes to ${stateFolder}.`);
  return { location, loaded, stateFolder };
}

/** A project with a name of its own keeps its history wherever it is checked out; one without is known by its folder. */
function locationOf(root: string, { configuration }: LoadedConfiguration): ProjectLocation {
  const real = realpathSync(root);
  const own = configuration.project.name;
  const name = own ?? (basename(real) || 'project');
  const slug =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'project';
  const projectId = own === undefined ? `${slug}-${createHash('sha256').update(real).digest('hex').slice(0, 8)}` : slug;
  return { projectId, name, root: real, configuration };
}

/** `e2e.conf` as a person at `cwd` would name it. */
export function configurationName(project: Project): string {
  return relative(process.cwd(), `${project.location.root}/${CONFIGURATION_FILE}`) || CONFIGURATION_FILE;
}
