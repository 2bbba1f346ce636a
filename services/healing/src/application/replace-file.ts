import { constants, type PathLike } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes a file whole or not at all: into a new file beside it, onto the disk, then in its place with one rename. */
export async function replaceFile(
  path: string,
  bytes: Buffer,
  options: { readonly mode: number; readonly temporary: string; readonly justBefore?: () => Promise<void> },
): Promise<void> {
  const { mode, temporary, justBefore } = options;
  try {
    const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600);
    try {
      await file.writeFile(bytes);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await justBefore?.();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Beside the file, since a rename is atomic only within one file system. The name tells whose it is. */
export function temporaryBeside(path: string, fixId: string): string {
  return join(dirname(path), `.${fixId}.tmp`);
}

/** The new name itself must be on the disk as well. */
async function syncFolder(folder: PathLike): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
