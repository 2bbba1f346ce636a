import { createHash } from 'node:crypto';
import { open, readdir, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { byText } from '../route-path';

export interface SourceFile {
  /** Project-relative, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly sha256: string;
}

export interface Tree {
  /** Sorted by path. */
  readonly files: SourceFile[];
  /** What was left out and why, one sentence each. */
  readonly problems: string[];
}

/** No source written by a person is larger; bundles and generated clients are. */
export const MAX_FILE_BYTES = 1_000_000;
/** A monorepo of this size takes seconds to read; beyond it `services.<name>.source` should name the folders that matter. */
const MAX_FILES = 20_000;
/** Depth at which a folder structure is broken rather than deep. */
const MAX_FOLDER_DEPTH = 40;
const READ_AT_ONCE = 32;

const BUILT = ['node_modules', 'dist', 'build', 'coverage', 'out', '__pycache__', 'venv'];
/** Tests, and what only they use, offer no endpoint. */
const FOR_TESTS = ['test', 'tests', 'testing', 'e2e', '__tests__', '__mocks__'];
const IGNORED_FOLDERS = new Set(BUILT.concat(FOR_TESTS));
const SOURCE = /\.(ts|tsx|mts|cts|js|jsx|mjs|cjs)$/;
const NO_SOURCE = /\.d\.[cm]?ts$|[._-](spec|test)\.[cm]?[jt]sx?$|\.min\.js$/;
/** `modules/01_create_order.ts` is a test of this program's own kind. */
const NATIVE_TEST = /(^|\/)modules\/\d+_[^/]*$/;
const NAMED_FILES = new Set(['package.json', 'pyproject.toml', 'requirements.txt']);

/** True for what is read as source: not for tests, type declarations and built files. */
export function isSource(path: string): boolean {
  return SOURCE.test(path) && !NO_SOURCE.test(path) && !NATIVE_TEST.test(path);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Reads the sources below `root`, each folder once however many links lead to it, and never one outside of it. */
export async function readTree(root: string, bounds: { readonly maxFiles?: number; readonly maxFileBytes?: number } = {}): Promise<Tree> {
  const maxFiles = bounds.maxFiles ?? MAX_FILES;
  const maxBytes = bounds.maxFileBytes ?? MAX_FILE_BYTES;
  const realRoot = await realpath(root);
  const problems: string[] = [];
  const visited = new Set<string>();
  const paths: string[] = [];
  const pending: { folder: string; depth: number }[] = [{ folder: realRoot, depth: 0 }];
  let full = false;
  for (let next = pending.pop(); next && !full; next = pending.pop()) {
    const { folder, depth } = next;
    if (visited.has(folder) || depth > MAX_FOLDER_DEPTH) continue;
    visited.add(folder);
    const place = projectPath(realRoot, folder);
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      problems.push(`${place}: the folder cannot be read (${error.code ?? error.message}); its sources are left out`);
      return [];
    });
    for (const entry of entries.sort((a, b) => byText(b.name, a.name))) {
      const path = join(folder, entry.name);
      let isFolder = entry.isDirectory();
      let isFile = entry.isFile();
      let target = path;
      if (entry.isSymbolicLink()) {
        target = await realpath(path).catch(() => '');
        // A link out of the project (or a dangling one) is none of its sources; one inside is read where it leads to.
        if (target === '' || !(target + sep).startsWith(realRoot + sep)) continue;
        isFolder = true;
        isFile = false;
      }
      if (isFolder) {
        if (!entry.name.startsWith('.') && !IGNORED_FOLDERS.has(entry.name)) pending.push({ folder: target, depth: depth + 1 });
      } else if (isFile && (isSource(projectPath(realRoot, path)) || NAMED_FILES.has(entry.name) || entry.name.endsWith('.py'))) {
        if (paths.length >= maxFiles) {
          problems.push(
            `More than ${maxFiles} source files: the rest is left out; name the folders that matter as services.<name>.source in e2e.conf`,
          );
          full = true;
          break;
        }
        paths.push(projectPath(realRoot, path));
      }
    }
  }
  const files: SourceFile[] = [];
  paths.sort(byText);
  for (let at = 0; at < paths.length; at += READ_AT_ONCE) {
    const batch = await Promise.all(paths.slice(at, at + READ_AT_ONCE).map((path) => readSource(realRoot, path, maxBytes)));
    for (const result of batch) {
      if ('problem' in result) problems.push(result.problem);
      else files.push(result);
    }
  }
  return { files, problems: problems.sort(byText) };
}

/** Reads one project file; a sentence where it cannot be read. */
export async function readSource(
  root: string,
  path: string,
  maxBytes: number = MAX_FILE_BYTES,
): Promise<SourceFile | { readonly problem: string }> {
  try {
    const file = await open(join(root, path), 'r');
    try {
      const { size } = await file.stat();
      if (size > maxBytes)
        return { problem: `${path}: left out: ${size} bytes are more than the ${maxBytes} that one source file may have` };
      const text = await file.readFile('utf8');
      return { path, text, sha256: sha256(text) };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { problem: `${path}: cannot be read (${code ?? message}); it is left out` };
  }
}

function projectPath(root: string, path: string): string {
  return relative(root, path).split(sep).join('/') || '.';
}
