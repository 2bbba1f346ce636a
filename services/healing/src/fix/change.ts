import { newId, type Fix } from '@testimony/contracts';
import { asEvent, toNewEvents, type EventStore, type Transaction } from '@testimony/event-store';
import { decide, fixUnknown, type FixCommand } from './decide';
import { evolve, FIX_EVENTS, fixStream, NO_FIX, type FixEvent, type FixState, type KnownFix } from './fix';

/** Without the time, which is added. */
export type Change = FixCommand extends infer C ? (C extends FixCommand ? Omit<C, 'now'> : never) : never;

const INSERT = `
INSERT INTO fixes (id, project_id, test_id, status, touching, proposed_at, version, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;
const LOCK = 'SELECT version FROM fixes WHERE id = $1 FOR UPDATE';
const UPDATE = 'UPDATE fixes SET status = $2, touching = $3, version = $4, state = $5 WHERE id = $1';

export async function proposeFix(
  store: EventStore,
  fix: Omit<Fix, 'id' | 'guards' | 'status' | 'recheck' | 'usedIn' | 'undone'>,
  now: Date,
): Promise<KnownFix> {
  const id = newId('fix', now.getTime());
  const events = decide(NO_FIX, { kind: 'propose', fix: { ...fix, id }, now });
  const state = known(events.reduce<FixState>(evolve, NO_FIX));
  await store.transaction(async (tx) => {
    await tx.query(INSERT, [id, fix.projectId, fix.testId, state.status, false, now, events.length, JSON.stringify(state)]);
    append(tx, id, 0, events);
  });
  return state;
}

/** Decides a command on a fix that exists and stores what follows, events and row, in one transaction. Throws `fix-unknown`. */
export async function changeFix(store: EventStore, fixId: string, change: Change, now: Date): Promise<KnownFix> {
  return store.transaction(async (tx) => {
    const { rows } = await tx.query<{ version: number }>(LOCK, [fixId]);
    const row = rows[0];
    if (!row) throw fixUnknown();
    const stored = await store.readStream(fixStream(fixId));
    const state = stored.reduce<FixState>((folded, event) => evolve(folded, asEvent<FixEvent>(event)), NO_FIX);
    const events = decide(state, { ...change, now });
    const after = known(events.reduce(evolve, state));
    if (events.length === 0) return after;
    append(tx, fixId, row.version, events);
    await tx.query(UPDATE, [fixId, after.status, after.touching !== undefined, row.version + events.length, JSON.stringify(after)]);
    return after;
  });
}

function append(tx: Transaction, fixId: string, version: number, events: readonly FixEvent[]): void {
  tx.append(fixStream(fixId), version, toNewEvents(FIX_EVENTS, events, { correlation: fixId }));
}

function known(state: FixState): KnownFix {
  if (state.status === 'none') throw fixUnknown();
  return state;
}
