import { join } from 'node:path';
import { KNOWLEDGE_FILE, readKnowledge } from '../project/knowledge';
import { openProject } from '../project/open-project';
import { writeWhole } from '../report/write-reports';
import { count } from '../terminal/plain-text';
import { say, sayData } from '../terminal/world';
import type { World } from '../terminal/world';
import type { CommonOptions } from './options';
import { startForPlanning } from './start-for-planning';
import { serviceTargets } from './targets';

/**
 * `e2e manifest [DIR]`
 * @public Loaded by its name when it is called (program.ts).
 */
export async function manifest(
  world: World,
  folder: string | undefined,
  options: CommonOptions & { readonly force?: boolean },
): Promise<number> {
  const named = folder ?? options.project;
  const project = await openProject(world, { ...(named === undefined ? {} : { project: named }), configurationOptional: true });
  const running = await startForPlanning(world, project);
  try {
    const backend = await world.open(project.location, {
      stateFolder: project.stateFolder,
      secrets: project.loaded.secrets,
      targets: serviceTargets(project.loaded.configuration.services),
      verbose: options.verbose ?? false,
    });
    try {
      const file = join(project.location.root, KNOWLEDGE_FILE);
      const previous = await readKnowledge(file);
      const result = await backend.planning.manifest(project.location, {
        ...(previous ? { previous } : {}),
        force: options.force ?? false,
      });
      if (result.changed || !previous) await writeWhole(file, `${JSON.stringify(result.manifest, null, 2)}\n`);
      for (const problem of result.problems) say(world, problem);
      if (options.json) sayData(world, { file, changed: result.changed, manifest: result.manifest, problems: result.problems });
      else {
        world.stdout.write(`${file}\n`);
        const { services } = result.manifest;
        const endpoints = services.reduce((sum, service) => sum + service.endpoints.length, 0);
        const dtos = services.reduce((sum, service) => sum + service.dto_schemas.length, 0);
        say(
          world,
          `${count(services.length, 'service')}, ${count(endpoints, 'endpoint')}, ${count(dtos, 'DTO')}${result.changed ? '' : ' (sources unchanged; --force reads them again)'}.`,
        );
        say(world, 'Next: e2e plan-strategy -n "first plan"');
      }
    } finally {
      await backend.close();
    }
  } finally {
    await running?.stop();
  }
  return 0;
}
