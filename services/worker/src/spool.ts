import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, ownIdentity } from './process-identity';

/** The results of one report, on disk until it is acknowledged. */
export interface SpoolFile {
  /** One JSON document. When the disk refuses it, the result is only in memory from here on: better than not at all. */
  append(line: string): void;
  remove(): void;
}

export interface Spool {
  file(): SpoolFile;
  /** Results that workers of this execution left which are no more. Call `done` when they are safe elsewhere. */
  takeOver(): { readonly lines: string[]; done(): void };
  close(): void;
}

/** `workerId`, owner's pid and start, number: by its name a file tells whether somebody still answers for it. */
const NAME = /^(.+)\.(\d+)\.([\w-]+)\.(\d+)\.ndjson$/;

export function openSpool(spoolDir: string, executionId: string, workerId: string, warn: (message: string) => void): Spool {
  const folder = join(spoolDir, executionId);
  const owner = ownIdentity();
  let count = 0;
  let warned = false;
  const refused = (error: unknown): void => {
    if (!warned) warn(`results cannot be kept on disk and are in memory only: ${(error as { message?: string }).message ?? String(error)}`);
    warned = true;
  };
  const nextPath = (): string => join(folder, `${workerId}.${owner.pid}.${owner.start}.${(count += 1)}.ndjson`);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    refused(error);
  }

  return {
    file() {
      const path = nextPath();
      let descriptor: number | undefined;
      /** A full disk took a part of a line: the next one must not be joined to it. */
      let torn = false;
      return {
        append(line) {
          try {
            descriptor ??= openSync(path, 'a', 0o600);
            const bytes = Buffer.from(`${torn ? '\n' : ''}${line}\n`);
            torn = writeSync(descriptor, bytes) < bytes.length;
            if (torn) refused(new Error('the disk is full'));
          } catch (error) {
            refused(error);
          }
        },
        remove() {
          if (descriptor === undefined) return;
          closeSync(descriptor);
          // Somebody may have removed the folder; what was in it is safe elsewhere by now.
          rmSync(path, { force: true });
        },
      };
    },
    takeOver() {
      const taken: string[] = [];
      for (const name of listed(folder)) {
        const [, , pid, start] = NAME.exec(name) ?? [];
        if (pid === undefined || start === undefined || isAlive({ pid: Number(pid), start })) continue;
        const path = nextPath();
        // Renaming succeeds for one of several heirs; the others find nothing.
        if (renamed(join(folder, name), path)) taken.push(path);
      }
      return {
        lines: taken.flatMap((path) => wholeLines(readFileSync(path, 'utf8'))),
        done: () => taken.forEach((path) => rmSync(path, { force: true })),
      };
    },
    close() {
      try {
        rmdirSync(folder);
      } catch {
        // Another worker's results are still in it.
      }
    },
  };
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It could not be made; that was said.
    return [];
  }
}

function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return false;
    throw error;
  }
}

/** Without what was never written to its end: the last line of a worker that was killed, or one that the disk had no room for. Those tests run again. */
function wholeLines(text: string): string[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(isJson);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
