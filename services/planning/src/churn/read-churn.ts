import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { churnByFile, WINDOW_DAYS, type FileChurn } from './churn-of';
import { parseNumstat } from './numstat';

export interface Churn {
  /** By project-relative path; empty where there is no history. */
  readonly files: ReadonlyMap<string, FileChurn>;
  /** Why there is none, if so. */
  readonly note?: string;
}

const run = promisify(execFile);

/** A plan should not wait longer for a factor of it; git reads 2,000 commits of a large repository in about 2 s. */
const GIT_TIMEOUT_MS = 10_000;
const MAX_COMMITS = 2_000;
const MAX_OUTPUT_BYTES = 64_000_000;

/** Nothing of the repository's own settings (signatures, diff programs) may run or change the form of the answer. */
const NUMSTAT =
  '-c core.quotePath=false -c log.showSignature=false log --numstat --format=%ct --no-renames --no-ext-diff --no-textconv --relative'.split(
    ' ',
  );

/** How often the project's files changed: from `history_file` where one is configured, else from git. A project without history has no churn, which is no error. */
export async function readChurn(root: string, historyFile: string | undefined, now: Date): Promise<Churn> {
  return historyFile === undefined ? fromGit(root, now) : fromFile(root, historyFile);
}

async function fromFile(root: string, historyFile: string): Promise<Churn> {
  try {
    const path = resolve(root, historyFile);
    const { size } = await stat(path);
    if (size > MAX_OUTPUT_BYTES)
      return {
        files: new Map(),
        note: `${historyFile} has ${size} bytes, more than the ${MAX_OUTPUT_BYTES} that are read; risk does without churn`,
      };
    const commits = parseNumstat(await readFile(path, 'utf8'));
    // A file is a picture of its moment: its newest commit is its today, whenever it is read.
    const newest = commits.reduce((latest, { at }) => Math.max(latest, at), 0);
    return { files: churnByFile(commits, newest) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { files: new Map(), note: `project.history_file ${historyFile} cannot be read (${code ?? message}); risk does without churn` };
  }
}

async function fromGit(root: string, now: Date): Promise<Churn> {
  try {
    const { stdout: shallow } = await git(root, ['rev-parse', '--is-shallow-repository']);
    if (shallow.trim() === 'true')
      // Its oldest commit seems to have made every file at once.
      return { files: new Map(), note: 'the repository is a shallow clone, so risk does without churn (in CI: fetch-depth: 0)' };
    const since = `--since=${Math.floor(now.getTime() / 1000) - WINDOW_DAYS * 86_400}`;
    const { stdout } = await git(root, [...NUMSTAT, since, `--max-count=${MAX_COMMITS}`, '--', '.']);
    return { files: churnByFile(parseNumstat(stdout), now.getTime() / 1000) };
  } catch (error) {
    return { files: new Map(), note: `git tells no history of this project (${reasonOf(error)}), so risk does without churn` };
  }
}

function git(root: string, args: readonly string[]): Promise<{ stdout: string }> {
  // Inside a git hook these name the repository that is being committed to, which need not be the project's.
  const { GIT_DIR: _dir, GIT_WORK_TREE: _tree, GIT_INDEX_FILE: _index, ...environment } = process.env;
  return run('git', ['-C', root, ...args], {
    timeout: GIT_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
    env: { ...environment, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
  });
}

function reasonOf(error: unknown): string {
  const { code, killed, stderr, message } = error as { code?: unknown; killed?: boolean; stderr?: string; message: string };
  if (code === 'ENOENT') return 'there is no git command';
  if (killed) return `no answer within ${GIT_TIMEOUT_MS / 1000} s`;
  return (stderr || message).split('\n')[0]?.replace(/^fatal: /, '') ?? 'it failed';
}
