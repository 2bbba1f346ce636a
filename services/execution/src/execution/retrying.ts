import { VersionConflict } from '@testimony/event-store';

/** Deadlock, serialisation failure: the other one went first, and the same work can be done again. */
const TRANSIENT = new Set(['40P01', '40001']);
const TRIES = 5;

/** Does a transaction again when it met another one; each try reads everything anew. */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !metAnother(error)) throw error;
    }
  }
}

function metAnother(error: unknown): boolean {
  return error instanceof VersionConflict || TRANSIENT.has(String((error as { code?: unknown } | null)?.code));
}
