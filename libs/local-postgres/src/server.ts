import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Account, postgresAccount, reachable } from './account';
import { type Binaries, prepareBinaries } from './binaries';
import { failureFromLog, LocalPostgresError } from './failure';
import { underStartLock } from './start-lock';

export interface RunningPostgres {
  /** `postgres://testimony:...@127.0.0.1:PORT/postgres`. Holds the password: not for logs. */
  readonly url: string;
  readonly port: number;
  /** True when the server ran already, started by another process. */
  readonly adopted: boolean;
  readonly dataFolder: string;
  /** The running postmaster's process id. */
  pid(): number | undefined;
  /**
   * Gives the server up; the last one to do so ends it. Waits for that end (not when others hold it) unless `wait` is false.
   * A process that ends without a word, or is killed, gives it up too.
   */
  stop(options?: { readonly wait?: boolean }): Promise<void>;
}

const USER = 'testimony';
/**
 * How Postgres is told its data folder, which is its working folder: by a name that does not lead through the folders above, for they may be
 * closed to its user (a project of root's below /root). We enter it as ourselves, then become that user.
 */
const HERE = '/proc/self/cwd';
const POLL_MS = 2;
/** A start after a crash replays at most `max_wal_size` of log. */
const START_WAIT_MS = 60_000;
/** A stopping server writes what is in its buffers: 32 MB at most. */
const STOP_WAIT_MS = 20_000;
/** How long `stop` looks for a sign that this process was the last user; without one somebody else holds the server. */
const LAST_OUT_WAIT_MS = 500;
const PORT_ATTEMPTS = 5;

/** For one machine and a few dozen connections: few processes, little memory, a quick start. Durability is Postgres' own default (fsync on). */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '32MB',
  huge_pages: 'off',
  // Without these Postgres 18 keeps three more processes for reading ahead, one for replication.
  io_method: 'sync',
  max_logical_replication_workers: '0',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  max_parallel_workers_per_gather: '0',
  autovacuum_max_workers: '1',
  jit: 'off',
  // Expected conflicts would fill the log, with the data of users in it.
  log_min_messages: 'fatal',
  log_min_error_statement: 'panic',
};

/** Durability off, for data that nobody will miss. */
const TEMPORARY_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

interface ServerFile {
  readonly port: number;
  readonly alive: string;
  /** Its process id. */
  readonly supervisor: number;
}

interface Folders {
  readonly home: string;
  readonly data: string;
  readonly run: string;
  readonly passwordFile: string;
  readonly serverFile: string;
}

export interface StartOptions {
  readonly dir: string;
  /** Called when the server's process has been started (it is not ready yet): from here on it makes its way without this process. */
  readonly launched?: () => void;
}

/**
 * The Postgres server with its data under `dir`: the one that runs already, or a new one. Any number of processes of one user may ask
 * for the same folder; it ends when the last of them has stopped or died.
 * Throws {@link LocalPostgresError}.
 */
export async function startPostgres(options: StartOptions): Promise<RunningPostgres> {
  const account = postgresAccount();
  const home = homeFor(resolve(options.dir), account);
  const folders = foldersIn(home);
  return underStartLock(createHash('sha256').update(home).digest('hex').slice(0, 16), async () => {
    const password = ownPassword(folders);
    const running = await adopt(folders);
    if (running) return handle(folders, password, running, true);
    await endOrphan(folders);
    const binaries = prepareBinaries(join(home, 'lib'), account);
    if (!existsSync(join(folders.data, 'PG_VERSION'))) {
      await initialise(folders, account, binaries, password, []);
      // initdb left the flush to the kernel. Asked for now, and not waited for: a power failure in the first seconds finds nothing worth keeping.
      spawn('sync', ['-f', folders.data], { stdio: 'ignore' })
        .on('error', () => undefined)
        .unref();
    }
    return handle(
      folders,
      password,
      await launch(folders, account, binaries, { settings: SETTINGS, remove: '', launched: options.launched }),
      false,
    );
  });
}

/** A server of its own with nothing durable about it, for tests: gone with its folder when stopped, or when this process dies. */
export async function startTemporaryPostgres(): Promise<RunningPostgres> {
  const account = postgresAccount();
  // The supervisor deletes it as Postgres' user, by its path.
  const home = mkdtempSync(join(reachable(tmpdir(), account) ? tmpdir() : '/tmp', 'testimony-postgres-'));
  const folders = foldersIn(home);
  try {
    // Handed over whole, so that the supervisor, which outlives this process, may delete it.
    makePrivate(home, account);
    makePrivate(join(home, 'lib'), account);
    const binaries = prepareBinaries(join(home, 'lib'), account);
    const password = randomBytes(24).toString('base64url');
    await initialise(folders, account, binaries, password, ['--no-data-checksums']);
    return handle(
      folders,
      password,
      await launch(folders, account, binaries, { settings: { ...SETTINGS, ...TEMPORARY_SETTINGS }, remove: home }),
      false,
    );
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
}

function foldersIn(home: string): Folders {
  return {
    home,
    data: join(home, 'data'),
    run: join(home, 'run'),
    passwordFile: join(home, 'password'),
    serverFile: join(home, 'server.json'),
  };
}

function homeFor(dir: string, account: Account): string {
  try {
    mkdirSync(dir, { recursive: true });
    const home = realpathSync(dir);
    if (statSync(home).uid !== process.geteuid?.()) {
      throw new LocalPostgresError('folder-unusable', `The folder ${home} belongs to another user: run as that user, or remove it.`);
    }
    // Root's folder must let Postgres' user through to its own data; what is secret in it has its own mode.
    chmodSync(home, account.other ? 0o711 : 0o700);
    return home;
  } catch (error) {
    if (error instanceof LocalPostgresError) throw error;
    if (isErrno(error, 'ENOSPC')) throw failureFromLog('No space left on device', 'start', dir);
    throw new LocalPostgresError('folder-unusable', `The folder ${dir} cannot be used for the local database: ${text(error)}.`);
  }
}

/** The superuser's password, made once for a folder. With 192 random bits it gains nothing from SCRAM's slow hashing. */
function ownPassword({ passwordFile }: Folders): string {
  if (!existsSync(passwordFile)) {
    const partial = `${passwordFile}.${process.pid}`;
    writeFileSync(partial, randomBytes(24).toString('base64url'), { mode: 0o600 });
    renameSync(partial, passwordFile);
  }
  return readFileSync(passwordFile, 'utf8');
}

/** Joins the users of a server that runs. Undefined when there is none that somebody watches over. */
async function adopt(folders: Folders): Promise<{ server: ServerFile; hold: number } | undefined> {
  if (!existsSync(folders.serverFile)) return undefined;
  const server = JSON.parse(readFileSync(folders.serverFile, 'utf8')) as ServerFile;
  const hold = takeHold(server.alive);
  if (hold === undefined) return undefined;
  // It may be starting again after a crash.
  const ready = await until(START_WAIT_MS, () => {
    if (!existsSync(server.alive) || !servesData(server.supervisor, folders.data)) return 'ended';
    return isReady(folders) && servesData(postmasterPid(folders), folders.data) ? 'yes' : undefined;
  });
  if (ready === 'yes') return { server, hold };
  closeSync(hold);
  return undefined;
}

/** Opens the FIFO that stands for the wish to have the server (supervisor.sh). Undefined when nobody reads it, or it is being closed. */
function takeHold(fifo: string): number | undefined {
  let hold: number;
  try {
    hold = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, 'ENXIO') || isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    writeSync(hold, 'here\n');
    if (statSync(fifo, { throwIfNoEntry: false })?.ino === fstatSync(hold).ino) return hold;
  } catch (error) {
    if (!isErrno(error, 'EPIPE')) throw error;
  }
  closeSync(hold);
  return undefined;
}

/** Ends a server on our data that nobody watches over: one that is stopping, or whose supervisor was killed. */
async function endOrphan(folders: Folders): Promise<void> {
  const pid = postmasterPid(folders);
  if (pid === undefined) return;
  if (!servesData(pid, folders.data)) {
    await forgetZombie(pid, folders);
    return;
  }
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (isErrno(error, 'ESRCH')) return;
      throw error;
    }
    if (await until(STOP_WAIT_MS, () => (servesData(pid, folders.data) ? undefined : true))) return;
  }
  throw new LocalPostgresError('start-failed', `The Postgres process ${pid} of an earlier run does not end: end it and start again.`);
}

/**
 * A killed postmaster whose new parent does not collect it (a container's first process often does not) stays a zombie, which Postgres takes
 * for a running server, for ever. Its file may go once none of its children is left on the data.
 */
async function forgetZombie(pid: number, folders: Folders): Promise<void> {
  if (!isZombie(pid)) return;
  const children = (): boolean => readdirSync('/proc').some((name) => /^\d+$/.test(name) && servesData(Number(name), folders.data));
  if (await until(STOP_WAIT_MS, () => (children() ? undefined : true))) rmSync(join(folders.data, 'postmaster.pid'), { force: true });
}

function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function initialise(
  folders: Folders,
  account: Account,
  binaries: Binaries,
  password: string,
  extra: readonly string[],
): Promise<void> {
  makePrivate(folders.run, account);
  // Made beside and renamed: a creation that was cut off leaves nothing that looks like a database.
  const partial = join(folders.run, 'data.partial');
  rmSync(partial, { recursive: true, force: true });
  makePrivate(partial, account);
  const passwordFile = join(folders.run, 'password.partial');
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, password, { mode: 0o600, flag: 'wx' });
  if (account.other) chownSync(passwordFile, account.uid, account.gid);
  try {
    const child = spawn(
      binaries.initdb,
      // prettier-ignore
      ['-D', HERE, '-U', USER, '--pwfile=../password.partial', '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions',
        '-c', 'scram_iterations=1', ...extra],
      { ...as(account), cwd: partial, env: environment(binaries, partial), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-10_000));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
    if (code !== 0) throw failureFromLog(output, 'initdb', folders.home);
    renameSync(partial, folders.data);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(partial, { recursive: true, force: true });
  }
}

interface LaunchOptions {
  readonly settings: Readonly<Record<string, string>>;
  /** What the supervisor deletes at the end; empty for nothing. */
  readonly remove: string;
  readonly launched?: () => void;
}

async function launch(
  folders: Folders,
  account: Account,
  binaries: Binaries,
  options: LaunchOptions,
): Promise<{ server: ServerFile; hold: number }> {
  makePrivate(folders.run, account);
  for (let attempt = 1; ; attempt++) {
    try {
      return await launchOn(await freePort(), folders, account, binaries, options);
    } catch (error) {
      const taken = error instanceof LocalPostgresError && error.kind === 'port-taken';
      if (!taken || attempt === PORT_ATTEMPTS || options.remove) throw error;
    }
  }
}

async function launchOn(
  port: number,
  folders: Folders,
  account: Account,
  binaries: Binaries,
  { settings, remove, launched }: LaunchOptions,
): Promise<{ server: ServerFile; hold: number }> {
  const name = `alive.${randomBytes(6).toString('hex')}`;
  const fifo = join(folders.run, name);
  const log = join(folders.run, 'log');
  rmSync(log, { force: true });
  const before = postmasterFile(folders);
  const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const script = readFileSync(join(__dirname, 'supervisor.sh'), 'utf8');
  const child = spawn('/bin/sh', ['-c', script, 'supervisor', binaries.postgres, HERE, '../run', `../run/${name}`, remove, ...flags], {
    ...as(account),
    cwd: folders.data,
    env: environment(binaries, folders.data),
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  launched?.();
  let ended = false;
  const listening = new Promise<void>((done, fail) => {
    child.stdout.once('data', () => done());
    child.once('exit', () => {
      ended = true;
      done();
    });
    child.once('error', fail);
  });
  await listening;
  const server: ServerFile = { port, alive: fifo, supervisor: child.pid ?? 0 };
  const hold = ended ? undefined : takeHold(fifo);
  if (!remove) writeFileSync(folders.serverFile, JSON.stringify(server), { mode: 0o600 });
  child.stdin.on('error', () => undefined);
  child.stdin.end('go\n');
  child.stdout.destroy();
  child.unref();
  const ready = await until(START_WAIT_MS, () =>
    ended ? 'ended' : isReady(folders) && postmasterFile(folders) !== before ? 'yes' : undefined,
  );
  if (ready === 'yes' && hold !== undefined) return { server, hold };
  if (hold !== undefined) closeSync(hold);
  throw failureFromLog(existsSync(log) ? readFileSync(log, 'utf8').slice(-10_000) : '', 'start', folders.home);
}

function handle(
  folders: Folders,
  password: string,
  { server, hold }: { server: ServerFile; hold: number },
  adopted: boolean,
): RunningPostgres {
  let open = true;
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${server.port}/postgres`,
    port: server.port,
    adopted,
    dataFolder: folders.data,
    pid: () => postmasterPid(folders),
    stop: async ({ wait = true } = {}) => {
      if (!open) return;
      open = false;
      closeSync(hold);
      if (!wait) return;
      const last = await until(LAST_OUT_WAIT_MS, () => (existsSync(server.alive) ? undefined : true));
      if (last) await until(STOP_WAIT_MS, () => (existsSync(`${server.alive}.closing`) || existsSync(server.alive) ? undefined : true));
    },
  };
}

/** The folder with mode 0700, owned by the account. */
function makePrivate(folder: string, account: Account): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account.other) chownSync(folder, account.uid, account.gid);
}

function as(account: Account): { uid?: number; gid?: number } {
  return account.other ? { uid: account.uid, gid: account.gid } : {};
}

/**
 * Nothing of our own environment: settings of libpq (PGHOST...) and secrets are none of the server's business. The links lie beside the data, so
 * they too are named from there.
 */
function environment({ links, libraries }: Binaries, cwd: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LD_LIBRARY_PATH: `${relative(cwd, links)}:${libraries}`,
    LC_ALL: 'C',
    TZ: 'UTC',
  };
}

/** The lines of postmaster.pid: 1 process id, 3 start time, 8 status. */
function postmasterFile(folders: Folders): string | undefined {
  try {
    return readFileSync(join(folders.data, 'postmaster.pid'), 'utf8').split('\n').slice(0, 4).join('\n');
  } catch {
    return undefined;
  }
}

function postmasterPid(folders: Folders): number | undefined {
  const pid = Number(postmasterFile(folders)?.split('\n')[0]);
  return pid > 0 ? pid : undefined;
}

function isReady(folders: Folders): boolean {
  try {
    return readFileSync(join(folders.data, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

/** Whether the process is a postmaster on this data, or its supervisor: its working folder is the data folder. A reused process id does not pass, nor a zombie. */
function servesData(pid: number | undefined, data: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data);
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => done(port));
    });
  });
}

async function until<T>(waitMs: number, look: () => T | undefined): Promise<T | undefined> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) return undefined;
    await pause(POLL_MS);
  }
}

function isErrno(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === code;
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
