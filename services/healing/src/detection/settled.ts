import { setTimeout as pause } from 'node:timers/promises';

/** What a test left in the system under test may last a while; after so many looks it is taken to stay. */
const MOST_LOOKS = 12;
export const SETTLING_MS = 250;

/**
 * Waits until a test passes by itself again after it failed for what another one left behind: state in the system under test outlives
 * the process, and would make the next run fail whatever ran before it. False when it goes on failing.
 */
export async function settled(passesAlone: () => Promise<boolean>, betweenMs: number, signal?: AbortSignal): Promise<boolean> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    if (await passesAlone()) return true;
    await pause(betweenMs, undefined, { signal });
  }
  return false;
}
