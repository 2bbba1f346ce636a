import type { EventMetadata } from '@testimony/contracts';

/** An event to append. `published` events get the next per-stream `sequence`, by which consumers outside see that they missed nothing. */
export interface NewEvent {
  readonly type: string;
  readonly data: unknown;
  readonly published: boolean;
  readonly metadata?: EventMetadata;
  /** Given by the caller where the event must be recognised again; made by the store otherwise. */
  readonly id?: string;
}

export interface StoredEvent {
  /** Place in the whole store; visible in order: who has seen n will never be shown a new event below n. */
  readonly position: number;
  readonly id: string;
  readonly stream: string;
  /** 1 for the first event of the stream. */
  readonly version: number;
  /** Counts the published events of the stream from 1; null for an event that is not published. */
  readonly sequence: number | null;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: EventMetadata;
  readonly occurredAt: Date;
}

/** The version the stream must have: a number (0: it must not exist), or `any`. */
export type ExpectedVersion = number | 'any';

export interface Rows<R> {
  readonly rows: R[];
  readonly rowCount: number;
}

/** One database transaction in a service's own schema (which is on its search_path). */
export interface Transaction {
  query<R = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Rows<R>>;
  /**
   * Appends when the transaction commits: the lock that orders the store is taken last, so that it is held for one insert only.
   * A version conflict therefore rejects the transaction as a whole with `VersionConflict`.
   */
  append(stream: string, expected: ExpectedVersion, events: readonly NewEvent[]): void;
}

export interface SubscriptionOptions {
  /** Names the durable checkpoint in the subscriber's own store. */
  readonly name: string;
  /** Whose events; the subscriber's own store without one. */
  readonly source?: EventStoreReader;
  readonly publishedOnly?: boolean;
  /** Only these types are given to `handle`; the checkpoint passes over the others. */
  readonly types?: readonly string[];
  /** At most this many events in one transaction. Default 500. */
  readonly batchSize?: number;
  /**
   * The effect of a batch, in one transaction with the checkpoint (and an inbox row per event where `inbox` is set).
   * When it throws, the batch is tried again one event at a time; an event that fails `attempts` times (default 5, with growing
   * delays) parks its stream: its later events wait in `parked`, other streams go on.
   */
  readonly handle: (events: readonly StoredEvent[], tx: Transaction) => Promise<void>;
  /** Keep an inbox row per event id, so that one event that arrives by two ways has one effect. Default false: the checkpoint is enough. */
  readonly inbox?: boolean;
  readonly attempts?: number;
  /**
   * After a batch, how long to let more events gather before the next. The first event after a quiet time is handled at once all the same.
   * Default 0. For effects that nobody waits for: it saves most of the transactions while events come one by one.
   */
  readonly restMs?: number;
}

export interface Subscription {
  /** Resolves when everything that the source holds now has been handled. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

export interface ParkedStream {
  readonly subscription: string;
  readonly stream: string;
  readonly events: number;
  readonly firstPosition: number;
  readonly error: string;
  readonly parkedAt: Date;
}

/** The reading half of a store, all that another service's subscription may see. */
export interface EventStoreReader {
  readonly schema: string;
  readStream(stream: string, options?: { readonly afterVersion?: number; readonly limit?: number }): Promise<StoredEvent[]>;
  readAll(options: {
    readonly after: number;
    readonly limit: number;
    readonly publishedOnly?: boolean;
    readonly types?: readonly string[];
  }): Promise<StoredEvent[]>;
  /** The highest position that exists now. */
  head(): Promise<number>;
  /** Calls back soon after somebody appended (a hint: it may be late, doubled or missing; readers poll as well). Returns the way to stop. */
  onAppended(callback: () => void): () => void;
}

export interface SubscriptionMetrics {
  readonly name: string;
  /** Events whose effect this process committed. */
  readonly handled: number;
  /** Events this process put aside. */
  readonly parked: number;
  /** Up to where everything has been handled or parked. */
  readonly position: number;
  /** Positions from there to the newest event, as of the last look. */
  readonly lag: number;
}

export interface StoreMetrics {
  /** Events this process appended. */
  readonly appended: number;
  readonly subscriptions: readonly SubscriptionMetrics[];
}

export interface EventStore extends EventStoreReader {
  /** Appends in a transaction shared with whatever else this process appends at the moment. Throws `VersionConflict`. Returns the stream's new version. */
  append(stream: string, expected: ExpectedVersion, events: readonly NewEvent[]): Promise<number>;
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A read outside a transaction. */
  query<R = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Rows<R>>;
  subscribe(options: SubscriptionOptions): Subscription;
  parked(): Promise<ParkedStream[]>;
  /** Handles the parked events of a stream again, in order, and unparks it when all went well. Returns how many were handled. */
  replay(subscription: string, stream: string): Promise<number>;
  /** Plain numbers since the start of this process, for whoever exports metrics. */
  metrics(): StoreMetrics;
  close(): Promise<void>;
}
