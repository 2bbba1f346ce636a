import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceSettings } from '@testimony/contracts';
import { checkOut } from './base-revision';
import { startBase } from './base-services';
import type { StartOptions } from './services-under-test';

let repository: string;
let root: string;
let told: string[];

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Spec', '-c', 'user.email=spec@example.com', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...identity, ...args], { cwd: repository, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** Answers what the file beside it says. */
const SERVICE = `const { readFileSync } = require('node:fs');
const { join } = require('node:path');
require('node:http')
  .createServer((_request, response) => response.end(readFileSync(join(__dirname, 'answer.txt'), 'utf8')))
  .listen(Number(process.env.PORT), '127.0.0.1');`;

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'e2e-base-'));
  root = join(repository, 'apps/shop');
  told = [];
  git('init', '-q');
  mkdirSync(join(root, 'node_modules/left'), { recursive: true });
  writeFileSync(join(repository, '.gitignore'), 'node_modules\n.e2e\n');
  writeFileSync(join(root, 'service.cjs'), SERVICE);
  writeFileSync(join(root, 'answer.txt'), 'old');
  git('add', '.');
  git('commit', '-qm', 'first');
  git('tag', 'released');
  writeFileSync(join(root, 'answer.txt'), 'new');
  git('commit', '-qam', 'second');
  writeFileSync(join(root, 'answer.txt'), 'not committed');
});
afterEach(() => rmSync(repository, { recursive: true, force: true }));

function options(baseline: ServiceSettings['baseline'], start?: string): StartOptions {
  return {
    root,
    stateFolder: join(root, '.e2e'),
    services: { shop: { headers: {}, base_url: 'http://127.0.0.1:9', ...(start === undefined ? {} : { start }), baseline } },
    deadlineMs: 10_000,
    environment: { ...process.env, NODE_OPTIONS: '' },
    secrets: [],
    signal: new AbortController().signal,
    tell: (line) => void told.push(line),
    graceMs: 2000,
  };
}

describe('a revision is laid out', () => {
  test('from what git knows, with the modules of the project, and the repository stays as it was', async () => {
    const before = git('status', '--porcelain');
    const folder = join(root, '.e2e/base');
    const checkout = await checkOut(root, 'released', folder);
    expect(readFileSync(join(checkout.root, 'answer.txt'), 'utf8')).toBe('old');
    expect(existsSync(join(checkout.root, 'node_modules/left'))).toBe(true);
    expect(git('status', '--porcelain')).toBe(before);
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
    await checkOut(root, 'HEAD', folder);
    git('commit', '-qam', 'third');
    await checkOut(root, 'HEAD', folder);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test.each(['no-such-branch', '--exec=touch x'])('one that is not there is refused in a sentence: %s', async (revision) => {
    await expect(checkOut(root, revision, join(root, '.e2e/base'))).rejects.toMatchObject({ kind: 'revision-unknown' });
  });
});

test('a base revision is started by the command of the service with a port of its own, and ended', async () => {
  const base = await startBase(options({ revision: 'released' }, 'exec node service.cjs'));
  const url = base.services['shop']?.base_url ?? '';
  expect(await (await fetch(url)).text()).toBe('old');
  expect(base.revision).toBe('released');
  await base.stop();
  await expect(fetch(url)).rejects.toThrow();
});

test('a base that runs elsewhere is used as it is, and asks for no revision', async () => {
  const elsewhere = createServer((_request, response) => response.end('base')).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const base = await startBase(options({ base_url: url }));
  expect(base.services).toMatchObject({ shop: { base_url: url } });
  expect(base.revision).toBeUndefined();
  await base.stop();
  elsewhere.closeAllConnections();
  elsewhere.close();
});

test('a base that cannot be had is told and left out', async () => {
  const base = await startBase(options({ revision: 'released' }, 'exit 3'));
  expect(base.services).toEqual({});
  expect(told.join('\n')).toMatch(/The base of shop cannot be compared with: .*ended with code 3/);
  await base.stop();
});
