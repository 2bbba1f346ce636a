import { randomUUID } from 'node:crypto';
import { DomainError } from '@testimony/contracts';
import type { EventStore, EventStoreReader, StoredEvent, Subscription, Transaction } from './api';

/** Names of a projection's tables by the names its author gave them: the live ones, or those being built beside them. Quoted, for use in SQL. */
export type Tables<T extends string> = { readonly [Name in T]: string };

/**
 * A view that can be made anew from the events at any time. That is what tells it from a reactor (`store.subscribe`), whose effects cannot be
 * taken back: `apply` writes to its own tables and does nothing else.
 */
export interface Projection<T extends string = string> {
  readonly name: string;
  /** Its tables; 48 characters at most. It writes to them only by the names that `create` and `apply` are given. */
  readonly tables: readonly T[];
  /** Whose events; the store's own without one. */
  readonly source?: EventStoreReader;
  readonly publishedOnly?: boolean;
  readonly types?: readonly string[];
  /** Makes the tables, empty. Indexes and constraints must be left unnamed: there are two of each during a rebuild. */
  create(tx: Transaction, tables: Tables<T>): Promise<void>;
  apply(events: readonly StoredEvent[], tx: Transaction, tables: Tables<T>): Promise<void>;
}

const BATCH = 500;
/** A rebuild that is so near the live view catches up with it under its lock. */
const NEAR = 2_000;

export function liveTables<T extends string>(projection: Pick<Projection<T>, 'tables'>): Tables<T> {
  return tablesNamed(projection, '');
}

/** Keeps the view up to date. Its tables are made, empty, when they do not exist. */
export async function runProjection<T extends string>(store: EventStore, projection: Projection<T>): Promise<Subscription> {
  const tables = liveTables(projection);
  await store.transaction(async (tx) => {
    // Who starts at the same moment waits here.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('testimony view'), hashtext(current_schema() || $1))`, [projection.name]);
    const { rows } = await tx.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
      Object.values<string>(tables)[0],
    ]);
    if (!rows[0]?.exists) await projection.create(tx, tables);
  });
  const { source, publishedOnly, types } = projection;
  return store.subscribe({
    name: liveCheckpoint(projection),
    source,
    publishedOnly,
    types,
    handle: (events, tx) => projection.apply(events, tx, tables),
  });
}

/**
 * Builds the view again from the first event, in tables beside the live ones, while those go on being kept up to date and read; then
 * puts the new ones in their place in one transaction. Parked events of the old view are forgotten: the new one has seen them, or fails here.
 * One rebuild of a view at a time: a later one takes over, and this one throws `rebuild-superseded`.
 */
export async function rebuildView<T extends string>(store: EventStore, projection: Projection<T>): Promise<void> {
  const rebuild = new Rebuild(store, projection);
  await rebuild.begin();
  while (!(await rebuild.nearLive())) await rebuild.advance();
  await rebuild.swap();
}

class Rebuild<T extends string> {
  private readonly owner = randomUUID();
  private readonly live: Tables<T>;
  private readonly next: Tables<T>;
  private readonly checkpoint: string;
  private readonly source: EventStoreReader;
  private position = 0;
  private exhausted = false;

  constructor(
    private readonly store: EventStore,
    private readonly projection: Projection<T>,
  ) {
    this.live = liveTables(projection);
    this.next = tablesNamed(projection, '__next');
    this.checkpoint = `${liveCheckpoint(projection)} next`;
    this.source = projection.source ?? store;
  }

  async begin(): Promise<void> {
    await this.store.transaction(async (tx) => {
      await tx.query(
        'INSERT INTO checkpoints (subscription, owner) VALUES ($1, $2) ON CONFLICT (subscription) DO UPDATE SET position = 0, owner = $2',
        [this.checkpoint, this.owner],
      );
      for (const table of this.names(this.next)) await tx.query(`DROP TABLE IF EXISTS ${table} CASCADE`);
      await this.projection.create(tx, this.next);
    });
  }

  async nearLive(): Promise<boolean> {
    const { rows } = await this.store.query<{ position: number }>('SELECT position FROM checkpoints WHERE subscription = $1', [
      liveCheckpoint(this.projection),
    ]);
    return this.exhausted || (rows[0] !== undefined && rows[0].position - this.position < NEAR);
  }

  async advance(): Promise<void> {
    const events = await this.read(BATCH);
    this.exhausted = events.length < BATCH;
    await this.store.transaction(async (tx) => {
      await this.own(tx);
      await this.apply(tx, events);
    });
  }

  async swap(): Promise<void> {
    const ahead = await this.read(NEAR);
    await this.store.transaction(async (tx) => {
      await this.own(tx);
      // From here the live view stands still until the new one is in its place.
      await tx.query('INSERT INTO checkpoints (subscription) VALUES ($1) ON CONFLICT DO NOTHING', [liveCheckpoint(this.projection)]);
      const { rows } = await tx.query<{ position: number }>('SELECT position FROM checkpoints WHERE subscription = $1 FOR UPDATE', [
        liveCheckpoint(this.projection),
      ]);
      await this.apply(tx, ahead);
      // Nobody may see the view go back in time.
      while (this.position < (rows[0]?.position ?? 0)) {
        const events = await this.read(BATCH);
        if (events.length === 0) break;
        await this.apply(tx, events);
      }
      for (const table of this.projection.tables) {
        await tx.query(`DROP TABLE IF EXISTS ${this.live[table]} CASCADE`);
        await tx.query(`ALTER TABLE ${this.next[table]} RENAME TO ${this.live[table]}`);
      }
      await tx.query('UPDATE checkpoints SET position = greatest(position, $2) WHERE subscription = $1', [
        liveCheckpoint(this.projection),
        this.position,
      ]);
      await tx.query('DELETE FROM parked WHERE subscription = $1', [liveCheckpoint(this.projection)]);
      await tx.query('DELETE FROM checkpoints WHERE subscription = $1', [this.checkpoint]);
    });
  }

  private async own(tx: Transaction): Promise<void> {
    const { rows } = await tx.query('SELECT FROM checkpoints WHERE subscription = $1 AND owner = $2 FOR UPDATE', [
      this.checkpoint,
      this.owner,
    ]);
    if (rows.length === 0) {
      throw new DomainError(
        'rebuild-superseded',
        `Another rebuild of the view ${this.projection.name} has taken over: wait for that one.`,
        409,
      );
    }
  }

  private async apply(tx: Transaction, events: readonly StoredEvent[]): Promise<void> {
    const last = events.at(-1);
    if (!last) return;
    await this.projection.apply(events, tx, this.next);
    this.position = last.position;
  }

  private read(limit: number): Promise<StoredEvent[]> {
    const { publishedOnly, types } = this.projection;
    return this.source.readAll({ after: this.position, limit, publishedOnly, types });
  }

  private names(tables: Tables<T>): string[] {
    return this.projection.tables.map((table) => tables[table]);
  }
}

function liveCheckpoint({ name }: Pick<Projection, 'name'>): string {
  return `view ${name}`;
}

function tablesNamed<T extends string>({ tables }: Pick<Projection<T>, 'tables'>, suffix: string): Tables<T> {
  for (const table of tables) if (!/^[a-z][a-z0-9_]{0,47}$/.test(table)) throw new Error(`${table} is no name for a view's table.`);
  return Object.fromEntries(tables.map((table) => [table, `"${table}${suffix}"`])) as Tables<T>;
}
