import { DomainError } from '@testimony/contracts';
import { createHash } from 'node:crypto';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';

/** A file of the project that may be changed. */
export interface Place {
  /** Project-relative, as the fix names it. */
  readonly file: string;
  /** Where it really lies. */
  readonly path: string;
  readonly mode: number;
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** Anybody's permission to write. The superuser could write a file without it, but its owner said no. */
const WRITABLE = 0o222;
/** A test file is a text that somebody wrote. */
const LARGEST_BYTES = 4 * 1024 * 1024;

/** Throws a DomainError `file-outside`, `file-missing` or `file-read-only`. */
export async function placeOf(root: string, file: string): Promise<Place> {
  const outside = (why: string): DomainError =>
    new DomainError('file-outside', `${file} ${why}: only regular files inside the project are changed.`, 409);
  if (isAbsolute(file) || file.split(/[\\/]/).includes('..')) throw outside('is not a path inside the project');
  const realRoot = await realpath(root);
  const path = join(realRoot, file);
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!found) throw new DomainError('file-missing', `${file} is not there any more.`, 409);
  if (found.isSymbolicLink()) throw outside('is a symbolic link');
  if (!found.isFile() || found.size > LARGEST_BYTES) throw outside('is no regular file of a size that people write');
  // A folder on the way may be a link as well.
  const real = await realpath(path);
  const inside = relative(realRoot, real);
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) throw outside('lies outside of it');
  if (inside.split(sep).includes('node_modules')) throw outside('belongs to a package');
  if ((found.mode & WRITABLE) === 0)
    throw new DomainError('file-read-only', `${file} is read-only; make it writable if it is to be changed.`, 409);
  const bytes = await readFile(real);
  return { file, path: real, mode: found.mode & 0o7777, bytes, sha256: sha256(bytes) };
}

export function sha256(text: Buffer | string): string {
  return createHash('sha256').update(text).digest('hex');
}
