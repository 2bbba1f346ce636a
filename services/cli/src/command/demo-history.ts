import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The last change of the sample, which brought its bug. */
export const LAST_CHANGE = 'last-change.patch';
const DAY_MS = 86_400_000;

/**
 * Gives the working copy of the sample a history of its own: everything as it was before the last change, then that change, which brought
 * the bug. Returns whether it could: without git the demo does without a base revision.
 */
export async function writeHistory(
  sample: string,
  copy: string,
  ports: Readonly<Record<'SHOP_BASE_PORT' | 'PAYMENTS_BASE_PORT', string>>,
): Promise<boolean> {
  const git = (at: number, ...args: string[]): Promise<unknown> => {
    const date = new Date(at).toISOString();
    const identity = [
      '-c',
      'user.name=Shop',
      '-c',
      'user.email=shop@example.com',
      '-c',
      'init.defaultBranch=main',
      '-c',
      'commit.gpgsign=false',
    ];
    return run('git', [...identity, ...args], {
      cwd: copy,
      env: { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date, GIT_CONFIG_NOSYSTEM: '1' },
    });
  };
  const now = Date.now();
  try {
    await rm(join(copy, '.git'), { recursive: true, force: true });
    await git(now, 'init', '-q');
    await writeFile(join(copy, '.gitignore'), '.e2e\ndist\nnode_modules\nstrategies\n');
    await compareWithLastRevision(copy, ports);
    const change = join(sample, LAST_CHANGE);
    await git(now, 'apply', '--reverse', change);
    await git(now, 'add', '.');
    await git(now - 30 * DAY_MS, 'commit', '-qm', 'The shop as it was released');
    await git(now, 'apply', change);
    await git(now - 2 * DAY_MS, 'commit', '-qam', 'A refund asks for its order once less');
    return true;
  } catch {
    // Without git, or with one that refuses, the shop is tested without a history.
    await rm(join(copy, '.git'), { recursive: true, force: true });
    return false;
  }
}

/** Both services of the revision before are served by one command, as they are at the head. */
async function compareWithLastRevision(
  copy: string,
  ports: Readonly<Record<'SHOP_BASE_PORT' | 'PAYMENTS_BASE_PORT', string>>,
): Promise<void> {
  const file = join(copy, 'e2e.conf');
  const { SHOP_BASE_PORT: shop, PAYMENTS_BASE_PORT: payments } = ports;
  const text = await readFile(file, 'utf8');
  const baselineOf = (lines: readonly string[]): string => `    baseline:\n${lines.map((line) => `      ${line}\n`).join('')}`;
  const forShop = [
    'revision: HEAD~1',
    `base_url: http://127.0.0.1:${shop}`,
    `start: SHOP_PORT=${shop} PAYMENTS_PORT=${payments} exec node start.mjs`,
  ];
  const withShop = text.replace(/^ {4}start: node start\.mjs\n/m, (line) => `${line}${baselineOf(forShop)}`);
  await writeFile(
    file,
    withShop.replace(/^ {2}payments:\n/m, (line) => `${line}${baselineOf([`base_url: http://127.0.0.1:${payments}`])}`),
  );
}
