import { DomainError } from '@testimony/contracts';
import { LocalPostgresError, startPostgres } from '@testimony/local-postgres';
import { join } from 'node:path';

export interface Database {
  /** Holds a password: never logged. */
  readonly url: string;
  /** True when other projects may use the same database. */
  readonly shared: boolean;
  /** Gives it up without waiting for a server of ours to end. */
  close(): Promise<void>;
}

/** The server that DATABASE_URL names, or the one from npm with its data in the state folder; `launched` tells when that one's process was started. */
export async function openDatabase(stateFolder: string, environment: NodeJS.ProcessEnv, launched: () => void): Promise<Database> {
  const given = environment['DATABASE_URL'];
  if (given) {
    if (!/^postgres(ql)?:\/\//.test(given)) {
      throw new DomainError(
        'database-url-invalid',
        'DATABASE_URL must look like postgres://user:password@host:5432/database; unset it to use the database that comes with the program.',
      );
    }
    return { url: given, shared: true, close: () => Promise.resolve() };
  }
  try {
    const postgres = await startPostgres({ dir: join(stateFolder, 'db'), launched });
    return { url: postgres.url, shared: false, close: () => postgres.stop({ wait: false }) };
  } catch (error) {
    if (error instanceof LocalPostgresError) throw new DomainError(`database-${error.kind}`, error.message, 503);
    throw error;
  }
}
