import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { connectionOptions } from './connection';

/**
 * The hint that something was appended. Within a process it is a function call. To other processes it is a NOTIFY, sent after the commit: inside
 * the appending transaction it would make all commits of the database wait for each other. Hints are coalesced; readers poll as well.
 */
const NOTIFY_EVERY_MS = 10;
const RECONNECT_MS = 500;

/** Marks our own notifications, which have already been delivered by function call. */
const self = randomUUID();

/** One for each database, whatever number of stores and readers this process has there. */
interface Hub {
  /** By channel, that is by schema. */
  readonly callbacks: Map<string, Set<() => void>>;
  listener?: Listener;
}

interface Listener {
  add(channel: string): void;
  close(): Promise<void>;
}

const hubs = new Map<string, Hub>();

export interface WakeUp {
  /** Something was committed. */
  appended(): void;
  onAppended(callback: () => void): () => void;
  /** Stops what was started through this one; the callbacks of other stores stay. */
  close(): Promise<void>;
}

export function createWakeUp(url: string, schema: string, pool: Pool): WakeUp {
  const hub = hubs.get(url) ?? { callbacks: new Map<string, Set<() => void>>() };
  hubs.set(url, hub);
  const channel = `testimony_${schema}`;
  const own = new Set<() => void>();
  let notifying = false;
  let again = false;
  let closed = false;

  async function notify(): Promise<void> {
    notifying = true;
    while (again && !closed) {
      again = false;
      // A hint that is lost (an outage) costs the listener a poll.
      await pool.query('SELECT pg_notify($1, $2)', [channel, self]).catch(() => undefined);
      await pause(NOTIFY_EVERY_MS, undefined, { ref: false });
    }
    notifying = false;
  }

  async function remove(entry: () => void): Promise<void> {
    own.delete(entry);
    const entries = hub.callbacks.get(channel);
    entries?.delete(entry);
    if (entries?.size === 0) hub.callbacks.delete(channel);
    if (hub.callbacks.size > 0) return;
    const { listener } = hub;
    hub.listener = undefined;
    await listener?.close();
  }

  return {
    appended: () => {
      for (const callback of hub.callbacks.get(channel) ?? []) callback();
      again = true;
      if (!notifying && !closed) void notify();
    },
    onAppended: (callback) => {
      const entry = (): void => callback();
      const entries = hub.callbacks.get(channel) ?? new Set();
      hub.callbacks.set(channel, entries.add(entry));
      own.add(entry);
      hub.listener ??= listen(url, hub.callbacks);
      hub.listener.add(channel);
      return () => void remove(entry);
    },
    close: async () => {
      closed = true;
      await Promise.all([...own].map(remove));
    },
  };
}

/** Listens on a connection of its own until closed, connecting again when it breaks; whoever listens polls meanwhile. */
function listen(url: string, callbacks: ReadonlyMap<string, ReadonlySet<() => void>>): Listener {
  let closed = false;
  let client: Client | undefined;
  let connected = false;
  const listened = new Set<string>();

  /** Takes up the channels that are new. Each starts with a hint, for what came before. */
  async function takeUp(): Promise<void> {
    for (const channel of callbacks.keys()) {
      if (!connected || listened.has(channel)) continue;
      listened.add(channel);
      await client?.query(`LISTEN ${channel}`);
      hint(channel);
    }
  }

  function hint(channel: string): void {
    for (const callback of callbacks.get(channel) ?? []) callback();
  }

  async function connection(): Promise<void> {
    const fresh = new Client(connectionOptions(url, 'public'));
    client = fresh;
    const broken = new Promise<void>((resolve) => void fresh.on('error', () => resolve()).on('end', () => resolve()));
    fresh.on('notification', ({ channel, payload }) => payload !== self && hint(channel));
    await fresh.connect();
    connected = true;
    listened.clear();
    await takeUp();
    if (!closed) await broken;
  }

  const done = (async () => {
    while (!closed) {
      // What breaks here is tried again; until then polling does.
      await connection().catch(() => undefined);
      connected = false;
      await client?.end().catch(() => undefined);
      if (!closed) await pause(RECONNECT_MS, undefined, { ref: false });
    }
  })();
  return {
    add: () => void takeUp().catch(() => undefined),
    close: async () => {
      closed = true;
      await client?.end().catch(() => undefined);
      await done;
    },
  };
}
