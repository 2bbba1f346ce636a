import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { COMMIT_FORMAT, commitsByFile, type CommitNote } from './commits';
import { git, GitProblem, plainPath } from './git';
import { parsePatch, type FilePatch, type Hunk, type LineRange } from './patch';

export interface ChangedFile {
  /** Project-relative, with forward slashes, as it is named now. */
  readonly path: string;
  /** Lines of the file as it is now that are new or changed; around a gap where lines were only taken out. Empty for a deleted or binary file. */
  readonly added: readonly LineRange[];
  /** The same places with their text, which is cut where it is very long. */
  readonly hunks: readonly Hunk[];
  /** Newest first; none where only the work tree or another branch differs. */
  readonly commits: readonly CommitNote[];
  /** The work tree differs from the newest commit. */
  readonly uncommitted: boolean;
  readonly deleted: boolean;
  readonly renamedFrom?: string;
}

export interface Changes {
  readonly files: readonly ChangedFile[];
  /** What could not be read, in a sentence; `files` may nevertheless hold the rest. */
  readonly problem?: string;
}

const DIFF =
  'diff -U0 --inter-hunk-context=0 --no-color --no-ext-diff --no-textconv --relative -M -l1000 --submodule=short --src-prefix=a/ --dst-prefix=b/'.split(
    ' ',
  );
const MAX_COMMITS = 2_000;
/** Beyond this, one is in a folder of results that nobody told git to ignore. */
const MAX_UNTRACKED = 1_000;
const MAX_UNTRACKED_BYTES = 1_000_000;
/** Files that hold secrets by custom: that they changed is said, what stands in them is not read. */
const SECRET_FILE = /(?:^|\/)(?:\.env(?:\..*)?|.*\.(?:pem|key|p12|pfx))$/i;

/**
 * What differs between `revision` and the project's folder as it lies on the disk, uncommitted and new files included. `root` may be a folder
 * inside a repository; paths are relative to it, and what lies outside does not count. Never throws for what a repository may be like.
 */
export async function changesSince(root: string, revision: string): Promise<Changes> {
  try {
    const base = await resolveCommit(root, revision);
    if (base === undefined) return { files: [], problem: await missing(root, revision) };
    return await readChanges(root, base);
  } catch (error) {
    if (!(error instanceof GitProblem)) throw error;
    return { files: [], problem: `git tells no history of this project (${error.message})` };
  }
}

async function readChanges(root: string, base: string): Promise<Changes> {
  const problems: string[] = [];
  const [patches, log, changedNow, untracked, shallow] = await Promise.all([
    readPatches(root, base, problems),
    git(root, [
      'log',
      `--format=${COMMIT_FORMAT}`,
      '--name-status',
      '-M',
      '--no-ext-diff',
      '--no-color',
      '--relative',
      `--max-count=${MAX_COMMITS}`,
      `${base}..HEAD`,
      '--',
      '.',
    ]),
    git(root, ['diff', '--name-only', '--no-ext-diff', '--relative', 'HEAD', '--', '.']),
    readUntracked(root, problems),
    git(root, ['rev-parse', '--is-shallow-repository']),
  ]);
  const commits = commitsByFile(log);
  if (shallow.trim() === 'true' && !(await isAncestor(root, base)))
    problems.push('the repository is a shallow clone, so which commits made the changes is known in part (in CI: fetch-depth: 0)');
  const uncommitted = new Set(changedNow.split('\n').map(plainPath));
  const submodules = patches.filter(({ submodule }) => submodule).map(({ path }) => path);
  if (submodules.length > 0)
    problems.push(
      `${submodules.join(', ')} ${submodules.length === 1 ? 'is a submodule that' : 'are submodules that'} changed; what changed inside is not seen from here`,
    );
  const files = patches.map((patch): ChangedFile => ({
    path: patch.path,
    added: patch.deleted ? [] : patch.hunks.map(({ lines }) => lines),
    hunks:
      patch.submodule || SECRET_FILE.test(patch.path) ? patch.hunks.map(({ lines }) => ({ lines, added: [], removed: [] })) : patch.hunks,
    commits: commits.get(patch.path) ?? [],
    uncommitted: uncommitted.has(patch.path),
    deleted: patch.deleted,
    ...(patch.renamedFrom !== undefined && { renamedFrom: patch.renamedFrom }),
  }));
  return { files: [...files, ...untracked], ...(problems.length > 0 && { problem: problems.join('; ') }) };
}

/** Without the text of the changes where there is too much of it. */
async function readPatches(root: string, base: string, problems: string[]): Promise<FilePatch[]> {
  try {
    return parsePatch(await git(root, [...DIFF, base, '--', '.']));
  } catch (error) {
    if (!(error instanceof GitProblem) || error.kind !== 'too-much') throw error;
    problems.push('so much changed that only the names of the files were read');
    const names = await git(root, ['diff', '--name-only', '--no-ext-diff', '--relative', base, '--', '.']);
    return names
      .split('\n')
      .filter((name) => name !== '')
      .map((name) => ({ path: plainPath(name), deleted: false, submodule: false, hunks: [] }));
  }
}

async function readUntracked(root: string, problems: string[]): Promise<ChangedFile[]> {
  const names = (await untrackedFiles(root)).toSorted();
  if (names.length > MAX_UNTRACKED) problems.push(`${names.length} files are new and not ignored; the first ${MAX_UNTRACKED} were read`);
  const files: ChangedFile[] = [];
  for (const path of names.slice(0, MAX_UNTRACKED)) {
    const lines = SECRET_FILE.test(path) ? [] : await linesOf(join(root, path));
    const all = { from: 1, to: Math.max(1, lines.length) };
    files.push({
      path,
      added: lines.length > 0 ? [all] : [],
      hunks: lines.length > 0 ? [{ lines: all, added: lines, removed: [] }] : [],
      commits: [],
      uncommitted: true,
      deleted: false,
    });
  }
  return files;
}

/** None for what is gone meanwhile, large or not text. */
async function linesOf(path: string): Promise<string[]> {
  try {
    const entry = await stat(path);
    if (!entry.isFile() || entry.size > MAX_UNTRACKED_BYTES) return [];
    const text = await readFile(path, 'utf8');
    return text.includes('\0') ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') return [];
    throw error;
  }
}

/** New files that git neither knows nor ignores; not what a run of ours leaves. */
export async function untrackedFiles(root: string): Promise<string[]> {
  const names = await git(root, ['ls-files', '--others', '--exclude-standard', '-z', '--', '.']);
  return names.split('\0').filter((name) => name !== '' && !/(?:^|\/)\.e2e\//.test(name));
}

/** The whole hash of what `revision` names; undefined when it is not there. Throws a `GitProblem` without a repository. */
export async function resolveCommit(root: string, revision: string): Promise<string | undefined> {
  try {
    return (await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`])).trim() || undefined;
  } catch (error) {
    if (!(error instanceof GitProblem)) throw error;
    // Quiet about a missing revision, not about a missing repository.
    await git(root, ['rev-parse', '--git-dir']);
    return undefined;
  }
}

async function missing(root: string, revision: string): Promise<string> {
  const shallow = (await git(root, ['rev-parse', '--is-shallow-repository'])).trim() === 'true';
  return `the revision ${revision.slice(0, 60)} is not in this repository${shallow ? ', which is a shallow clone (in CI: fetch-depth: 0)' : ' any more (was its branch rewritten?)'}`;
}

async function isAncestor(root: string, base: string): Promise<boolean> {
  try {
    await git(root, ['merge-base', '--is-ancestor', base, 'HEAD']);
    return true;
  } catch (error) {
    if (error instanceof GitProblem) return false;
    throw error;
  }
}
