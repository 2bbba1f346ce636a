import { Client } from 'pg';

/** A hold on a name in a database. It ends with `release`, or with the process. */
export interface Hold {
  release(): Promise<void>;
}

/** Takes the name when no other process of this database holds it; undefined when one does. */
export async function tryHold(options: { readonly url: string; readonly name: string }): Promise<Hold | undefined> {
  const client = new Client({ connectionString: options.url, application_name: 'testimony hold' });
  // The server may restart under us; the hold is then gone, and what it guarded finds out by its own queries.
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock(hashtextextended($1, 1)) AS held', [options.name]);
  if (rows[0]?.held) return { release: () => client.end() };
  await client.end();
  return undefined;
}
