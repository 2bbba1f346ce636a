import { lstat, readdir, rm } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { TestExecution } from '@testimony/contracts';

/** The most that one run removes, so that its end is never waited for long: the rest goes with the next runs. */
const MOST_REMOVED = 200;
const DAY_MS = 24 * 60 * 60 * 1000;
const EXECUTION_ID = /^exe_[0-9a-z]{20}$/;

export interface Retention {
  readonly days: number;
  readonly now: number;
  /** Nothing of it is removed, however old: a resumed execution may have begun long ago. */
  readonly current: Pick<TestExecution, 'id' | 'results'>;
}

/**
 * Removes reports, artifacts and spooled results of runs that are older, by the time of their folders, than `days`. The history in
 * the database stays. Returns what could not be removed, a sentence each: no reason for a run to fail.
 */
export async function removeOldRuns(stateFolder: string, { days, now, current }: Retention): Promise<string[]> {
  const artifacts = join(stateFolder, 'artifacts');
  const ownArtifacts = new Set(
    current.results
      .flatMap(({ attempts }) => attempts.flatMap((attempt) => attempt.artifacts))
      .map(({ path }) => relative(artifacts, resolve(artifacts, path)).split(sep)[0]),
  );
  const ofAnother = (name: string): boolean => EXECUTION_ID.test(name) && name !== current.id;
  const places: readonly (readonly [string, (name: string) => boolean])[] = [
    [join(stateFolder, 'reports'), ofAnother],
    [join(stateFolder, 'spool'), ofAnother],
    [artifacts, (name) => !ownArtifacts.has(name)],
  ];
  const problems: string[] = [];
  let removed = 0;
  for (const [folder, mayGo] of places) {
    for (const name of (await namesIn(folder, problems)).filter(mayGo)) {
      if (removed >= MOST_REMOVED) return problems;
      const path = join(folder, name);
      try {
        if (now - (await lstat(path)).mtimeMs <= days * DAY_MS) continue;
        await rm(path, { recursive: true, force: true });
        removed += 1;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') problems.push(`${path} is old and cannot be removed: ${String(error)}`);
      }
    }
  }
  return problems;
}

async function namesIn(folder: string, problems: string[]): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // A project without traces or lost results has no such folder.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') problems.push(`${folder} cannot be read: ${String(error)}`);
    return [];
  }
}
