import type { EventDefinition, EventMetadata } from '@testimony/contracts';
import type { EventStore, NewEvent, StoredEvent } from './api';
import { VersionConflict } from './version-conflict';

/** A conflict means that somebody else got through, so this many in a row mean a stream that is written to far too much. */
const ATTEMPTS = 10;

/** What a state is made of and how a command changes it; all of it pure. `E` is the union of the aggregate's events (`EventOf`). */
export interface Decider<State, Command, E extends { readonly type: string; readonly data: unknown }> {
  /** Every event the aggregate has: says which are published and checks their data before they are stored. */
  readonly events: readonly EventDefinition[];
  readonly initial: State;
  readonly evolve: (state: State, event: E) => State;
  /** Throws a `DomainError` when the command cannot be done; returns nothing to store when it has been done already. */
  readonly decide: (state: State, command: Command) => readonly E[];
}

export interface CommandResult<State, E> {
  readonly state: State;
  readonly version: number;
  /** What was appended. */
  readonly events: readonly E[];
}

/** The stream's state and version. */
export async function loadState<State, Command, E extends { readonly type: string; readonly data: unknown }>(
  store: Pick<EventStore, 'readStream'>,
  stream: string,
  { initial, evolve }: Pick<Decider<State, Command, E>, 'initial' | 'evolve'>,
): Promise<{ state: State; version: number }> {
  const stored = await store.readStream(stream);
  return { state: stored.reduce((state, event) => evolve(state, asEvent<E>(event)), initial), version: stored.at(-1)?.version ?? 0 };
}

/** Loads the stream, decides and appends what was decided; anew, when somebody else appended meanwhile. */
export async function handleCommand<State, Command, E extends { readonly type: string; readonly data: unknown }>(
  store: Pick<EventStore, 'readStream' | 'append'>,
  stream: string,
  decider: Decider<State, Command, E>,
  command: Command,
  metadata?: EventMetadata,
): Promise<CommandResult<State, E>> {
  for (let attempt = 1; ; attempt++) {
    const { state, version } = await loadState(store, stream, decider);
    const events = decider.decide(state, command);
    if (events.length === 0) return { state, version, events };
    try {
      const reached = await store.append(stream, version, toNewEvents(decider.events, events, metadata));
      return { state: events.reduce(decider.evolve, state), version: reached, events };
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Events as `append` takes them, checked against their definitions. Throws when one has none or does not fit it, which is a fault of ours. */
export function toNewEvents(
  definitions: readonly EventDefinition[],
  events: readonly { readonly type: string; readonly data: unknown }[],
  metadata?: EventMetadata,
): NewEvent[] {
  return events.map(({ type, data }) => {
    const definition = definitions.find((each) => each.type === type);
    if (!definition) throw new Error(`No definition for the event ${type}.`);
    return { type, data: definition.schema.parse(data), published: definition.published, metadata };
  });
}

/** A stored event as the aggregate's union: its stream holds nothing else. */
export function asEvent<E extends { readonly type: string; readonly data: unknown }>({ type, data }: StoredEvent): E {
  return { type, data } as E;
}
