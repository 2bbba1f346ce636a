import { accessSync, constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { DomainError, testStrategySchema } from '@testimony/contracts';
import type { TestStrategy } from '@testimony/contracts';
import type { Planning } from '@testimony/planning';
import { writeWhole } from '../report/write-reports';
import type { Project } from './open-project';

/** Where strategies and `latest.txt` stand: `./strategies` of the project, or the state folder when that cannot be written. */
export function strategiesFolder(project: Project, cwd: string, named?: string): string {
  if (named !== undefined) return resolve(cwd, named);
  const own = join(project.location.root, 'strategies');
  for (const folder of [own, project.location.root]) {
    try {
      accessSync(folder, constants.W_OK);
      return own;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') break;
    }
  }
  return join(project.stateFolder, 'strategies');
}

/** Writes `<id>.json` and `latest.txt`, the id without a line end, as `$(cat latest.txt)` wants it. Returns the strategy's file. */
export async function writeStrategy(folder: string, strategy: TestStrategy): Promise<string> {
  const file = join(folder, `${strategy.id}.json`);
  await writeWhole(file, `${JSON.stringify(strategy, null, 2)}\n`);
  await writeWhole(join(folder, 'latest.txt'), strategy.id);
  return file;
}

export async function writeLatestExecution(folder: string, executionId: string): Promise<void> {
  await writeWhole(join(folder, 'latest_exec.txt'), executionId);
}

/** The strategy of an id or a file: known to planning, or taken in from the folder where another job left it. */
export async function findStrategy(planning: Planning, project: Project, cwd: string, idOrFile: string): Promise<TestStrategy> {
  const { projectId } = project.location;
  if (idOrFile.endsWith('.json')) return takeIn(planning, projectId, resolve(cwd, idOrFile), true);
  try {
    return await planning.findStrategy(projectId, idOrFile);
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'strategy-unknown') throw error;
    // An id is one path segment: "../x" must not reach outside the folder.
    if (basename(idOrFile) !== idOrFile) throw error;
    try {
      return await takeIn(planning, projectId, join(strategiesFolder(project, cwd), `${idOrFile}.json`), false);
    } catch (missing) {
      throw (missing as NodeJS.ErrnoException).code === 'ENOENT' ? error : missing;
    }
  }
}

async function takeIn(planning: Planning, projectId: string, file: string, named: boolean): Promise<TestStrategy> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (named) throw new DomainError('strategy-unreadable', `The strategy ${file} cannot be read (${error.code ?? error.message}).`, 404);
    throw error;
  });
  const parsed = testStrategySchema.safeParse(parsedJson(text));
  if (!parsed.success) {
    throw new DomainError('strategy-broken', `${file} is not a strategy of this version: make one with "e2e plan-strategy".`);
  }
  await planning.importStrategy(projectId, parsed.data);
  return parsed.data;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The schema refuses it, with the sentence that helps.
  }
}
