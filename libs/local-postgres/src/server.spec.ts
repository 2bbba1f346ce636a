import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { postgresAccount, reachable } from './account';
import { nativeFolder } from './binaries';
import { failureFromLog } from './failure';
import { LocalPostgresError, type RunningPostgres, startPostgres, startTemporaryPostgres } from './index';

const root = process.geteuid?.() === 0;
const NOBODY = 65534;
const KEPT = 'CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS n';

// A cold start is half a second alone, and this machine's cores are shared with every other spec.
jest.setTimeout(30_000);

let folder: string;
/** The folder that most tests share: creating a database takes longer than all the rest. */
let dir: string;
const children: ChildProcess[] = [];
const servers: RunningPostgres[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-postgres-spec-'));
  chmodSync(folder, 0o755);
  dir = join(folder, 'postgres');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  // Whatever a test left running ends with its users.
  await until(() => !serverRuns(dir));
});

describe('a folder', () => {
  it('starts cold and warm, keeps its data, and hands one server to everyone who asks', async () => {
    const cold = await start(dir);
    expect(cold.adopted).toBe(false);
    expect(statSync(cold.dataFolder).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, 'password')).mode & 0o777).toBe(0o600);
    await sql(cold, KEPT);
    expect(await sql(cold, 'SHOW fsync')).toBe('on');
    expect(await sql(cold, `SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules`)).toBe('scram-sha-256');

    const other = await start(dir);
    expect(other).toMatchObject({ adopted: true, url: cold.url });
    await cold.stop();
    expect(await sql(other, 'SELECT n FROM kept')).toBe(42);
    const pid = other.pid();
    await other.stop();
    expect(runs(pid)).toBe(false);

    const warm = await start(dir);
    expect(warm.adopted).toBe(false);
    expect(await sql(warm, 'SELECT n FROM kept')).toBe(42);
    await warm.stop();
  });

  it('has one server when many start at once', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => start(dir)));
    expect(all.filter((server) => !server.adopted)).toHaveLength(1);
    expect(new Set(all.map((server) => server.pid())).size).toBe(1);
    await Promise.all(all.map((server) => server.stop()));
    expect(runs(all[0]?.pid())).toBe(false);
  });

  it('keeps the password out of every argument list and of the log', async () => {
    const server = await start(dir);
    const password = readFileSync(join(dir, 'password'), 'utf8');
    await expect(new Client(server.url.replace(password, 'wrong')).connect()).rejects.toThrow(/password authentication failed/);
    expect(readFileSync(`/proc/${server.pid()}/cmdline`, 'utf8')).not.toContain(password);
    expect(readFileSync(`/proc/${server.pid()}/environ`, 'utf8')).not.toContain(password);
    expect(readFileSync(join(dir, 'run/log'), 'utf8')).not.toContain(password);
    await server.stop();
  });
});

describe('sudden ends', () => {
  it('ends with its parent when that is killed', async () => {
    const child = await otherProcess({ dir });
    expect(runs(child.pid)).toBe(true);
    child.process.kill('SIGKILL');
    await until(() => !runs(child.pid));
    const again = await start(dir);
    expect(again.adopted).toBe(false);
    await again.stop();
  });

  it('stays for the other process when one of two is killed', async () => {
    const child = await otherProcess({ dir });
    const mine = await start(dir);
    expect(mine).toMatchObject({ adopted: true, url: child.url });
    child.process.kill('SIGKILL');
    await once(child.process, 'exit');
    expect(await sql(mine, 'SELECT 1 AS one')).toBe(1);
    await mine.stop();
    expect(runs(child.pid)).toBe(false);
  });

  it('comes back on the same port, data intact, when Postgres itself is killed', async () => {
    const server = await start(dir);
    await sql(server, KEPT);
    const killed = server.pid() as number;
    process.kill(killed, 'SIGKILL');
    await until(() => server.pid() !== killed);
    const adopted = await start(dir);
    expect(adopted).toMatchObject({ adopted: true, url: server.url });
    expect(await sql(adopted, 'SELECT n FROM kept')).toBe(42);
    await Promise.all([adopted.stop(), server.stop()]);
  });

  it('starts over a stale postmaster.pid when everything was killed at once', async () => {
    const child = await otherProcess({ dir, sql: KEPT });
    const { supervisor, watcher } = await supervisionOf(child.pid);
    for (const pid of [supervisor, watcher, child.pid, child.process.pid as number]) process.kill(pid, 'SIGKILL');
    await until(() => !serverRuns(dir));
    expect(existsSync(join(dir, 'data/postmaster.pid'))).toBe(true);
    const server = await start(dir);
    expect(server.adopted).toBe(false);
    expect(await sql(server, 'SELECT n FROM kept')).toBe(42);
    await server.stop();
  });

  it.each(['nothing', 'the watcher'])('replaces a server that lost its supervisor, of which %s is left', async (left) => {
    const child = await otherProcess({ dir });
    const { supervisor, watcher } = await supervisionOf(child.pid);
    for (const pid of [supervisor, ...(left === 'nothing' ? [watcher] : [])]) process.kill(pid, 'SIGKILL');
    await until(() => !runs(supervisor));
    expect(runs(child.pid)).toBe(true);
    const server = await start(dir);
    expect(server.adopted).toBe(false);
    expect(runs(child.pid)).toBe(false);
    await server.stop();
  });
});

describe('failures', () => {
  it('says in one sentence why a start fails, and starts once the cause is gone', async () => {
    const version = join(dir, 'data/PG_VERSION');
    const right = readFileSync(version, 'utf8');
    writeFileSync(version, '9.6\n');
    const failure = await start(dir).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LocalPostgresError);
    expect(failure).toMatchObject({ kind: 'start-failed', message: expect.stringMatching(/did not start: .*incompatible.*DATABASE_URL/) });
    writeFileSync(version, right);
    await (await start(dir)).stop();
  });

  it('says that the folder is none', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(start(file)).rejects.toMatchObject({ kind: 'folder-unusable', message: expect.stringContaining(file) });
  });

  it('says that the programs are not there', () => {
    expect(() => nativeFolder('linux', 'sparc')).toThrow(/linux-sparc is not installed.*npm ci.*DATABASE_URL/);
  });

  it('says that root has nobody to run Postgres as', () => {
    if (root) expect(() => postgresAccount('root:x:0:0::/root:/bin/sh\n')).toThrow(/no user named postgres or nobody/);
    else expect(postgresAccount()).toMatchObject({ uid: process.getuid?.(), other: false });
  });

  it.each([
    ['PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device', 'disk-full', /disk .* is full/],
    ['FATAL:  could not create any TCP/IP sockets', 'port-taken', /taken by another program/],
    ['FATAL:  lock file "postmaster.pid" already exists', 'start-failed', /lock file "postmaster.pid" already exists/],
  ])('knows what Postgres means by %s', (log, kind, message) => {
    expect(failureFromLog(`2026 LOG:  before\n${log}\n`, 'start', '/there')).toMatchObject({
      kind,
      message: expect.stringMatching(message),
    });
  });

  (root ? it : it.skip)('says that the disk is full', async () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    const mounted = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=10m,mode=755', 'none', small]);
    // A container without the right to mount has the case above only.
    if (mounted.status !== 0) return;
    try {
      await expect(start(join(small, 'postgres'))).rejects.toMatchObject({ kind: 'disk-full', message: expect.stringContaining(small) });
    } finally {
      spawnSync('/bin/umount', [small]);
    }
  });
});

describe('a temporary server', () => {
  it('is gone with its folder after stop', async () => {
    const server = await startTemporaryPostgres();
    expect(await sql(server, 'SHOW fsync')).toBe('off');
    const pid = server.pid();
    await server.stop();
    await until(() => !existsSync(dirname(server.dataFolder)));
    expect(runs(pid)).toBe(false);
  });

  it('is gone with its folder when its process is killed', async () => {
    const child = await otherProcess({ dir: null });
    child.process.kill('SIGKILL');
    await until(() => !runs(child.pid) && !existsSync(dirname(child.dataFolder)));
  });
});

describe('users', () => {
  (root ? it : it.skip)('runs as another user when root, below a folder that only root may enter', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const server = await start(join(closed, 'postgres'));
    expect(statSync(`/proc/${server.pid()}`).uid).not.toBe(0);
    expect(await sql(server, 'SELECT 1 AS one')).toBe(1);
    await server.stop();
  });

  // Needs sources that the other user can read.
  (root && reachable(__dirname, { uid: NOBODY, gid: NOBODY, other: true }) ? it : it.skip)('runs as an ordinary user', async () => {
    const own = join(folder, 'own');
    mkdirSync(own);
    chownSync(own, NOBODY, NOBODY);
    const child = await otherProcess({ dir: join(own, 'postgres'), uid: NOBODY });
    expect(statSync(`/proc/${child.pid}`).uid).toBe(NOBODY);
    child.process.kill('SIGKILL');
    await until(() => !runs(child.pid));
  });
});

/** So that a test that fails leaves nothing behind. */
async function start(at: string): Promise<RunningPostgres> {
  const server = await startPostgres({ dir: at });
  servers.push(server);
  return server;
}

/** Starts the folder's server (or, without one, a temporary server) in a process of its own, which then waits to be killed. */
async function otherProcess(options: { dir: string | null; sql?: string; uid?: number }): Promise<{
  process: ChildProcess;
  url: string;
  pid: number;
  dataFolder: string;
}> {
  const program = `
    const { startPostgres, startTemporaryPostgres } = require('./index.ts');
    const { Client } = require('pg');
    (async () => {
      const server = await ${options.dir === null ? 'startTemporaryPostgres()' : `startPostgres({ dir: ${JSON.stringify(options.dir)} })`};
      const sql = ${JSON.stringify(options.sql ?? '')};
      if (sql) { const client = new Client(server.url); await client.connect(); await client.query(sql); await client.end(); }
      console.log(JSON.stringify({ url: server.url, pid: server.pid(), dataFolder: server.dataFolder }));
      setInterval(() => undefined, 1000);
    })();`;
  const child = spawn(process.execPath, ['--import', resolve(__dirname, '../../../tools/load-typescript.mjs'), '-e', program], {
    cwd: __dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string];
  return { process: child, ...(JSON.parse(line) as { url: string; pid: number; dataFolder: string }) };
}

/** The two shells of supervisor.sh: the one that waits for Postgres, and the one that waits for the last user. */
async function supervisionOf(postmaster: number): Promise<{ supervisor: number; watcher: number }> {
  const supervisor = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${postmaster}/status`, 'utf8'))?.[1]);
  let watcher: number | undefined;
  await until(() => {
    const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8').trim().split(' ').map(Number);
    watcher = children.find((pid) => pid !== postmaster);
    return watcher !== undefined;
  });
  return { supervisor, watcher: watcher as number };
}

async function sql(server: Pick<RunningPostgres, 'url'>, text: string): Promise<unknown> {
  const client = new Client(server.url);
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>(text);
    return Object.values(result.rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

function runs(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    // A container's first process may be slow to collect the dead, so that an ended process is still listed, as a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function serverRuns(at: string): boolean {
  try {
    return runs(Number(readFileSync(join(at, 'data/postmaster.pid'), 'utf8').split('\n')[0]));
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}
