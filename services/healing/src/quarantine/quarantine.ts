import { TestQuarantined, TestReleased, type EventOf, type Quarantine } from '@testimony/contracts';

export const QUARANTINE_EVENTS = [TestQuarantined, TestReleased] as const;
export type QuarantineEvent = EventOf<(typeof QUARANTINE_EVENTS)[number]>;

/** The tests of one project that are or were in quarantine and not released, by test. Expired ones stand in it until they are released or entered again. */
export interface Quarantined {
  readonly entries: ReadonlyMap<string, Quarantine>;
}

export const NOTHING_QUARANTINED: Quarantined = { entries: new Map() };

export function evolve(state: Quarantined, event: QuarantineEvent): Quarantined {
  const entries = new Map(state.entries);
  switch (event.type) {
    case 'io.testimony.test.quarantined': {
      const { projectId: _project, ...entry } = event.data;
      entries.set(entry.testId, entry);
      return { entries };
    }
    case 'io.testimony.test.released':
      entries.delete(event.data.testId);
      return { entries };
    default: {
      const impossible: never = event;
      return impossible;
    }
  }
}

export function quarantineStream(projectId: string): string {
  return `quarantine-${projectId}`;
}
