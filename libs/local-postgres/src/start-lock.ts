import { createServer, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalPostgresError } from './failure';

/** Long enough for another process to create a database on a slow, busy disk. */
const LOCK_WAIT_MS = 60_000;
const RETRY_MS = 10;

/**
 * Runs `work` while no other process of this machine runs work under the same name.
 * The lock is a socket in Linux' abstract namespace: the kernel takes it back the moment its holder dies, so there is no stale lock to judge.
 */
export async function underStartLock<T>(name: string, work: () => Promise<T>, waitMs = LOCK_WAIT_MS): Promise<T> {
  const deadline = Date.now() + waitMs;
  let held = await bind(name);
  while (!held) {
    if (Date.now() > deadline) {
      throw new LocalPostgresError(
        'start-locked',
        `Another process has been starting the same local database for ${Math.round(waitMs / 1000)} s: end it and start again.`,
      );
    }
    await pause(RETRY_MS);
    held = await bind(name);
  }
  try {
    return await work();
  } finally {
    held.close();
  }
}

function bind(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen({ path: `\0testimony-postgres-${name}`, exclusive: true }, () => resolve(server));
  });
}
