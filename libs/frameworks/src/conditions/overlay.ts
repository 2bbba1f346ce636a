import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, resolve, sep } from 'node:path';

/** The files that hold the proposed texts, by the absolute path of the project's file; or why there are none, in a sentence. */
type CheckedOverlay = { readonly files: Readonly<Record<string, string>> } | { readonly problem: string };

const SHA256 = /^[0-9a-f]{64}$/;

/** The nearest folder of a path that exists, without symbolic links. */
async function realFolder(path: string): Promise<string> {
  const folder = dirname(path);
  if (folder === path) return folder;
  try {
    return await realpath(folder);
  } catch {
    return realFolder(folder);
  }
}

/** Holds proposed texts against their names: an attempt with another text than was meant would say nothing about it. */
export async function checkedOverlay(overlay: Readonly<Record<string, string>>, overlayDir: string, root: string): Promise<CheckedOverlay> {
  const files: Record<string, string> = {};
  const realRoot = await realpath(root);
  for (const [file, sha] of Object.entries(overlay)) {
    const path = resolve(root, file);
    const plain = normalize(file);
    const outside = isAbsolute(file) || plain === '..' || plain.startsWith(`..${sep}`) || plain === '.';
    const folder = outside ? '' : await realFolder(path);
    if (outside || !(folder === realRoot || folder.startsWith(`${realRoot}${sep}`)))
      return { problem: `the proposed text of ${file} is refused: it is no file of the project` };
    if (!SHA256.test(sha)) return { problem: `the proposed text of ${file} is named '${sha}', which is no sha256` };
    const holder = join(overlayDir, sha);
    let text: Buffer;
    try {
      text = await readFile(holder);
    } catch (error) {
      return { problem: `the proposed text of ${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}` };
    }
    if (createHash('sha256').update(text).digest('hex') !== sha)
      return { problem: `the proposed text of ${file} is not the one it is named by` };
    files[path] = holder;
    // As the file is called where the project's folder is reached through a symbolic link.
    files[join(realRoot, plain)] = holder;
  }
  return { files };
}
