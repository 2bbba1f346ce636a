export type LocalPostgresFailure =
  | 'binaries-missing'
  | 'no-account'
  | 'folder-unusable'
  | 'start-locked'
  | 'initdb-failed'
  | 'disk-full'
  | 'port-taken'
  | 'start-failed';

/** `message` is one sentence for a person: what happened and what to do. `kind` is stable. */
export class LocalPostgresError extends Error {
  constructor(
    readonly kind: LocalPostgresFailure,
    message: string,
  ) {
    super(message);
    this.name = 'LocalPostgresError';
  }
}

/** Turns what Postgres' programs wrote into the failure it stands for. `log` is their output, the newest line last. */
export function failureFromLog(log: string, doing: 'initdb' | 'start', where: string): LocalPostgresError {
  if (/No space left on device|Disk quota exceeded/i.test(log)) {
    return new LocalPostgresError('disk-full', `The disk that holds ${where} is full: free some space there and start again.`);
  }
  if (/could not create any TCP\/IP sockets|Address already in use/i.test(log)) {
    return new LocalPostgresError('port-taken', 'The port chosen for the local database was taken by another program: start again.');
  }
  const lines = log.split('\n').filter((line) => /FATAL|PANIC|error/i.test(line));
  const cause = (lines.at(-1) ?? log.trim().split('\n').at(-1) ?? '').replace(/^.*?(FATAL|PANIC|error):\s*/i, '').slice(0, 400);
  return doing === 'initdb'
    ? new LocalPostgresError('initdb-failed', `The local database could not be created in ${where}: ${cause || 'initdb said nothing'}.`)
    : new LocalPostgresError(
        'start-failed',
        `The local database in ${where} did not start: ${cause || 'Postgres said nothing'}. Set DATABASE_URL to use another server, or move the folder away to begin anew.`,
      );
}
