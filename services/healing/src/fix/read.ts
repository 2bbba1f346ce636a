import type { EventStore } from '@testimony/event-store';
import type { KnownFix } from './fix';
import { fixUnknown } from './decide';

/** Lists hold at most so many. */
const MOST = 500;
/** What a pattern's record is made of: its newest fixes; older ones were made by older rules. */
const MOST_PAST = 2_000;

/** Newest first. */
export function listFixes(store: EventStore, projectId: string, limit: number): Promise<KnownFix[]> {
  return states(store, 'SELECT state FROM fixes WHERE project_id = $1 ORDER BY id DESC LIMIT $2', [
    projectId,
    Math.min(Math.max(limit, 0), MOST),
  ]);
}

export function pastFixes(store: EventStore, projectId: string): Promise<KnownFix[]> {
  return states(store, 'SELECT state FROM fixes WHERE project_id = $1 ORDER BY id DESC LIMIT $2', [projectId, MOST_PAST]);
}

/** Fixes whose file may be in the middle of a change. */
export function touchedFixes(store: EventStore, projectId: string): Promise<KnownFix[]> {
  return states(store, 'SELECT state FROM fixes WHERE project_id = $1 AND touching ORDER BY id', [projectId]);
}

export function appliedFixes(store: EventStore, projectId: string): Promise<KnownFix[]> {
  return states(store, "SELECT state FROM fixes WHERE project_id = $1 AND status = 'applied' ORDER BY id DESC LIMIT $2", [
    projectId,
    MOST_PAST,
  ]);
}

/** Newest first; with those that were applied and whose file was put back by hand. */
export function onceApplied(store: EventStore, projectId: string): Promise<KnownFix[]> {
  return states(
    store,
    `SELECT state FROM fixes WHERE project_id = $1 AND (status = 'applied' OR (status = 'proven' AND state -> 'fix' -> 'undone' IS NOT NULL))
     ORDER BY id DESC LIMIT $2`,
    [projectId, MOST_PAST],
  );
}

/** Throws `fix-unknown`. */
export async function findFix(store: EventStore, projectId: string, fixId: string): Promise<KnownFix> {
  const [found] = await states(store, 'SELECT state FROM fixes WHERE project_id = $1 AND id = $2', [projectId, fixId]);
  if (!found) throw fixUnknown();
  return found;
}

async function states(store: EventStore, sql: string, parameters: readonly unknown[]): Promise<KnownFix[]> {
  const { rows } = await store.query<{ state: KnownFix }>(sql, parameters);
  return rows.map(({ state }) => state);
}
