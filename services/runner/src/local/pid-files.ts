import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startOf } from './process-identity';

interface PidFile {
  readonly pid: number;
  readonly start: string;
  /** The runner that started it. */
  readonly owner: { readonly pid: number; readonly start: string };
}

/** Notes on disk of the worker processes that run, so that a later life of the runner finds those that a crash left behind. */
export function pidFiles(folder: string): {
  note(workerId: string, pid: number): Promise<void>;
  forget(workerId: string): Promise<void>;
  /** Process groups whose runner is no more, each removed from the notes. */
  orphans(): Promise<number[]>;
} {
  const pathOf = (workerId: string): string => join(folder, `${workerId}.json`);
  return {
    async note(workerId, pid) {
      const start = startOf(pid);
      if (start === undefined) return;
      const file: PidFile = { pid, start, owner: { pid: process.pid, start: startOf(process.pid) ?? '' } };
      await mkdir(folder, { recursive: true });
      await writeFile(pathOf(workerId), JSON.stringify(file));
    },
    forget: (workerId) => rm(pathOf(workerId), { force: true }),
    async orphans() {
      const found: number[] = [];
      for (const name of await readdir(folder).catch(() => [])) {
        const file = await read(join(folder, name));
        if (file && startOf(file.owner.pid) === file.owner.start) continue;
        if (file && startOf(file.pid) === file.start) found.push(file.pid);
        await rm(join(folder, name), { force: true });
      }
      return found;
    },
  };
}

/** Undefined for a note that a crash left half written. */
async function read(path: string): Promise<PidFile | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as PidFile;
  } catch {
    return undefined;
  }
}
