import type { Attempt, TestCase } from '@testimony/contracts';
import { frameworkNamed, type Session, type TestOutcome } from '@testimony/frameworks';
import { join } from 'node:path';
import type { Experiments } from '../api';
import type { Trial, TrialOutcome } from '../experiments';

export interface RealExperimentsOptions {
  readonly root: string;
  readonly overlayDir: string;
  /** For caches and artifacts. */
  readonly scratch: string;
  readonly services: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly lanes: number;
}

const TIMEOUT_MS = 10_000;

/** Experiments in this process, on real sessions of a real framework: what the execution service and its workers do, without them. */
export function realExperiments(options: RealExperimentsOptions): Experiments & { readonly made: () => number; close(): Promise<void> } {
  const framework = frameworkNamed('native');
  if (!framework) throw new Error('there is no native framework');
  const sessions: Session[] = Array.from({ length: options.lanes }, () =>
    framework.open({
      root: options.root,
      services: Object.fromEntries(Object.entries(options.services).map(([name, baseUrl]) => [name, { baseUrl, headers: {} }])),
      overlayDir: options.overlayDir,
      artifactDir: join(options.scratch, 'artifacts'),
      cacheDir: join(options.scratch, 'cache'),
      environment: { PATH: process.env['PATH'] ?? '', ...options.environment },
      secrets: [],
    }),
  );
  let made = 0;

  async function runLane(
    session: Session,
    lane: readonly Trial[],
    tests: ReadonlyMap<string, TestCase>,
    signal: AbortSignal,
  ): Promise<TrialOutcome[]> {
    const outcomes = new Map<string, TestOutcome>();
    const toRun = lane.map((trial, i) => {
      const test = tests.get(trial.testId);
      if (!test) throw new Error(`no test ${trial.testId}`);
      return {
        key: String(i),
        service: test.service,
        file: test.module,
        titlePath: test.metadata.titlePath,
        timeoutMs: TIMEOUT_MS,
        conditions: trial.conditions,
      };
    });
    made += toRun.length;
    await session.run(toRun, (outcome) => outcomes.set(outcome.key, outcome), signal);
    return lane.map((trial, i) => {
      const outcome = outcomes.get(String(i));
      if (!outcome) return { ...trial, outcome: 'lost' };
      const { key: _key, ...rest } = outcome;
      const attempt: Attempt = { ...rest, attempt: 1, conditions: trial.conditions, workerId: 'wrk_spec' };
      return { ...trial, outcome: outcome.outcome, attempt };
    });
  }

  return {
    made: () => made,
    async run({ tests, trials, signal }) {
      const byId = new Map(tests.map((test) => [test.id, test]));
      const results: TrialOutcome[][] = trials.map(() => []);
      let next = 0;
      await Promise.all(
        sessions.map(async (session) => {
          for (let lane = next++; lane < trials.length; lane = next++)
            results[lane] = await runLane(session, trials[lane] ?? [], byId, signal ?? new AbortController().signal);
        }),
      );
      signal?.throwIfAborted();
      return results.flat();
    },
    close: async () => {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}
