import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestSchema } from '@testimony/contracts';
import type { Manifest } from '@testimony/contracts';
import type { Planning } from '@testimony/planning';
import { writeWhole } from '../report/write-reports';
import type { Project } from './open-project';

export const KNOWLEDGE_FILE = 'project_knowledge.json';

/** The manifest in a file; undefined when there is none or it is of another version, for it can be made again. */
export async function readKnowledge(file: string): Promise<Manifest | undefined> {
  try {
    return manifestSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || ['ENOENT', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** The manifest that planning starts from, kept in the state folder so that planning changes no file of the project. */
export async function currentKnowledge(planning: Planning, project: Project): Promise<{ manifest: Manifest; problems: readonly string[] }> {
  const file = join(project.stateFolder, 'cache', KNOWLEDGE_FILE);
  const previous = (await readKnowledge(file)) ?? (await readKnowledge(join(project.location.root, KNOWLEDGE_FILE)));
  const result = await planning.manifest(project.location, { ...(previous ? { previous } : {}), force: false });
  if (result.changed || !previous) await writeWhole(file, JSON.stringify(result.manifest));
  return result;
}
