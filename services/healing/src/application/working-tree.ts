import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PATIENCE_MS = 10_000;

/**
 * Whether a file differs from what is committed. `unknown` where that cannot be told: no git, no repository, or a file that git does
 * not follow, which has no committed text that could differ.
 */
export async function workingTreeState(path: string): Promise<'clean' | 'changed' | 'unknown'> {
  const name = basename(path);
  const git = (args: readonly string[]): Promise<string> =>
    run('git', ['--no-optional-locks', ...args], {
      cwd: dirname(path),
      timeout: PATIENCE_MS,
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
    }).then(({ stdout }) => stdout);
  try {
    const status = await git(['status', '--porcelain=v1', '-z', '--ignored', '--', `:(literal)${name}`]);
    if (status === '') return 'clean';
    return /^(?:\?\?|!!)/.test(status) ? 'unknown' : 'changed';
  } catch {
    // Without git or a repository there is nothing to compare with.
    return 'unknown';
  }
}
