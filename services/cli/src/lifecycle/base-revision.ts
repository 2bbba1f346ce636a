import { spawn } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { git, gitEnvironment } from '@testimony/code-analysis';
import { DomainError } from '@testimony/contracts';

/** Each is a copy of the whole repository. */
const MOST_KEPT = 2;

/** A revision of the project's repository, laid out in a folder of its own. */
export interface Checkout {
  readonly commit: string;
  /** The project's folder in it. */
  readonly root: string;
}

/**
 * Lays a revision out below `folder`, from git's objects, so that neither the repository nor the working tree changes; one that lies there
 * already is used again. What git does not track is missing in it, but for `node_modules`, which is the project's own.
 * Throws a DomainError `revision-unknown` where there is no repository or no such revision.
 */
export async function checkOut(root: string, revision: string, folder: string): Promise<Checkout> {
  const commit = await ask(root, revision, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  const prefix = await ask(root, revision, ['rev-parse', '--show-prefix']);
  const top = await ask(root, revision, ['rev-parse', '--show-toplevel']);
  const target = join(folder, commit);
  if (!existsSync(target)) {
    const part = `${target}.${process.pid}.part`;
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true });
    await unpack(top, commit, part);
    lendModules(root, join(part, prefix));
    if (prefix !== '') lendModules(top, part);
    await rename(part, target);
  }
  await prune(folder, commit);
  return { commit, root: join(target, prefix) };
}

async function ask(root: string, revision: string, args: readonly string[]): Promise<string> {
  try {
    return (await git(root, args)).trim();
  } catch {
    throw new DomainError(
      'revision-unknown',
      `The base revision "${revision}" is not in a git repository of this project: name one that "git log" shows (a shallow clone has few), or give baseline.base_url.`,
    );
  }
}

/** `git archive | tar -x`: a pipe, so that a large repository is never held in memory. */
function unpack(top: string, commit: string, target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const archive = spawn('git', ['-C', top, 'archive', '--format=tar', commit], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: gitEnvironment(),
    });
    const tar = spawn('tar', ['-x', '-C', target], { stdio: ['pipe', 'ignore', 'pipe'] });
    archive.stdout.pipe(tar.stdin);
    // A tar that dies breaks the pipe; its end is told by 'close'.
    tar.stdin.on('error', () => archive.kill());
    let said = '';
    let left = 2;
    let failed = false;
    for (const child of [archive, tar]) {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-500)));
      child.once('error', (error) => {
        failed = true;
        said ||= error.message;
      });
      child.once('close', (code) => {
        failed ||= code !== 0;
        left -= 1;
        if (left > 0) return;
        if (failed) reject(new DomainError('checkout-failed', `The base revision could not be laid out: ${said.trim()}`, 503));
        else resolve();
      });
    }
  });
}

function lendModules(from: string, to: string): void {
  const modules = join(from, 'node_modules');
  if (existsSync(modules) && !existsSync(join(to, 'node_modules'))) symlinkSync(modules, join(to, 'node_modules'));
}

async function prune(folder: string, current: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{40,64}$/.test(name) && name !== current);
  const byAge = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })));
  const old = byAge.toSorted((a, b) => b.at - a.at).slice(MOST_KEPT - 1);
  for (const { name } of old) await rm(join(folder, name), { recursive: true, force: true });
}
