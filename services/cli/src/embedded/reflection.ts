import { assertionObjection, editObjection, fixCandidates, flakeReader, unifiedPatch } from '@testimony/code-analysis';
import type { RequestRecord } from '@testimony/contracts';
import { startDebugging, type Debugging } from '@testimony/debugging';
import type { EventStore, Migration } from '@testimony/event-store';
import type { Executions } from '@testimony/execution';
import type { ServiceTarget } from '@testimony/frameworks';
import { HEALING_MIGRATIONS, startHealing, type Healing } from '@testimony/healing';
import { experimentsOf, type ExperimentSettings } from './experiments';

interface ReflectionParts {
  readonly executions: Executions;
  readonly executionStore: EventStore;
  readonly settings: ExperimentSettings;
  readonly targets: Readonly<Record<string, ServiceTarget>>;
  readonly open: (service: string, migrations: readonly Migration[]) => Promise<EventStore>;
  /** Registers what must be ended with the backend. */
  readonly closing: (end: () => Promise<unknown>) => void;
  readonly logger: Parameters<typeof startHealing>[0]['logger'];
}

/** The services that look back on executions, each started when it is first asked for: most runs need neither. */
export interface Reflection {
  healing(): Promise<Healing>;
  debugging(): Promise<Debugging>;
}

/** @public Called by compose.ts through require: reading code loads a compiler. */
export function reflectionOn(parts: ReflectionParts): Reflection {
  const { executions, executionStore, settings, targets, open, closing, logger } = parts;
  return {
    healing: once(async () => {
      const healing = await startHealing({
        store: await open('healing', HEALING_MIGRATIONS),
        sources: { execution: executionStore },
        experiments: experimentsOf(executions, settings),
        reading: { flakeReader, fixCandidates, editObjection, assertionObjection, unifiedPatch },
        ask: askWithHeaders(targets),
        logger,
      });
      closing(() => healing.close());
      await healing.caughtUp();
      return healing.healing;
    }),
    debugging: once(async () => {
      const debugging = await startDebugging({ store: await open('debugging', []), logger });
      closing(() => debugging.close());
      return debugging.debugging;
    }),
  };
}

/** Starts once; a start that failed is tried again by the next who asks. */
function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () =>
    (started ??= start().catch((error: unknown) => {
      started = undefined;
      throw error;
    }));
}

const ANSWER_LIMIT_MS = 5_000;
const LONGEST_BODY = 1024 * 1024;

/** Asks the system under test again as its tests do: with the headers that the configuration gives for the service at that address. */
function askWithHeaders(
  targets: Readonly<Record<string, ServiceTarget>>,
): (request: RequestRecord) => Promise<{ status: number; body: string } | undefined> {
  return async ({ url }) => {
    const target = Object.values(targets).find(
      ({ baseUrl }) => baseUrl !== undefined && URL.canParse(url) && new URL(baseUrl).origin === new URL(url).origin,
    );
    // Nobody else's address is asked, whatever a test may have asked.
    if (!target) return undefined;
    try {
      const answer = await fetch(url, {
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        headers: { accept: 'application/json', ...target.headers },
      });
      const body = await answer.text();
      return body.length > LONGEST_BODY ? undefined : { status: answer.status, body };
    } catch {
      // No answer is no evidence.
      return undefined;
    }
  };
}
