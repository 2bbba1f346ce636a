import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LocalPostgresError } from './failure';

/** The user that Postgres runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** True when this is not the user we run as ourselves: folders must be handed over, and paths may be closed to it. */
  readonly other: boolean;
}

/**
 * Postgres refuses to run as root, and initdb wants a user with a name, so root hands over to one that /etc/passwd has.
 * Everybody else runs Postgres as themselves.
 */
export function postgresAccount(passwd?: string): Account {
  const uid = process.geteuid?.() ?? -1;
  if (uid !== 0) return { uid, gid: process.getegid?.() ?? -1, other: false };
  const entries = (passwd ?? readFileSync('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = entries.find((fields) => fields[0] === name && Number(fields[2]) > 0);
    if (entry) return { uid: Number(entry[2]), gid: Number(entry[3]), other: true };
  }
  throw new LocalPostgresError(
    'no-account',
    'Postgres does not run as root, and this machine has no user named postgres or nobody to run it as: add one, run as an ordinary user, or set DATABASE_URL.',
  );
}

/** May the account pass through every folder above `path`, and `path` itself where it exists? */
export function reachable(path: string, account: Account): boolean {
  if (!account.other) return true;
  for (let at = path; ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found) {
      const bit = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001;
      if (!(found.mode & bit)) return false;
    }
    if (at === dirname(at)) return true;
  }
}
