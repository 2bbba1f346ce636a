/** A report, and with it the loss of a worker, concerns at most this many tests. */
export const MAX_LEASE_ITEMS = 32;

/** The very first lease is small, so that its work reaches a test soon and the first result is early. */
export const FIRST_LEASE_ITEMS = 4;

/** Tests this short go together even at the end: a lease costs about 3 ms, and slots that end 25 ms apart end together for a person. */
const SMALLEST_BUDGET_MS = 25;

/** How far the queue is looked through to size a lease, per slot: enough that a full lease is half of a slot's share. */
export const LOOK_AHEAD_PER_SLOT = 2 * MAX_LEASE_ITEMS;

export interface Ahead {
  /** What is ready, in the order of hand-out; at most MAX_LEASE_ITEMS of it. */
  readonly ready: readonly { readonly framework: string; readonly alone: boolean; readonly expectedMs: number }[];
  /** Expected time of all that is ready, as far as was looked ahead. */
  readonly totalMs: number;
  readonly slots: number;
  readonly first: boolean;
}

/**
 * How many items the next lease takes, all of the head's framework: guided self-scheduling. Each lease gets half of an equal share of the
 * remaining expected time, so leases shrink towards the end and all workers end together, however uneven the tests are
 * (Polychronopoulos and Kuck 1987 hand out a whole share; half leaves room for estimates that are wrong).
 */
export function leaseSize({ ready, totalMs, slots, first }: Ahead): number {
  const head = ready[0];
  if (!head) return 0;
  if (head.alone) return 1;
  const budgetMs = Math.max(totalMs / (2 * slots), SMALLEST_BUDGET_MS);
  const most = first ? FIRST_LEASE_ITEMS : MAX_LEASE_ITEMS;
  let items = 0;
  let ms = 0;
  for (const item of ready) {
    if (item.alone || item.framework !== head.framework) continue;
    ms += item.expectedMs;
    if (items >= most || (items > 0 && ms > budgetMs)) break;
    items += 1;
  }
  return items;
}
