import { DomainError, FlakeDetected, type Fix, type TestCase } from '@testimony/contracts';
import { handleCommand, loadState, type Decider, type EventStore } from '@testimony/event-store';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiments, HealedProject, Healing } from './api';
import { applyFix, reconcileFixes, recoverFixes, revertFix } from './application/apply';
import { placeOf } from './application/place';
import { attempts } from './detection/attempts';
import { detectFlakes } from './detection/detect';
import { recordFlake } from './flake/record';
import { changeFix } from './fix/change';
import { appliedFixes, listFixes, pastFixes } from './fix/read';
import { statsOf } from './fix/track-record';
import { healExecution } from './heal/heal';
import { patternsOf } from './heal/suspects';
import type { AskAgain } from './proof/product';
import { isSameFailure } from './proof/signature';
import { decide, DEFAULT_BUDGET, inForceAt, type QuarantineBudget, type QuarantineCommand } from './quarantine/decide';
import { knownTests } from './quarantine/known-tests';
import {
  evolve,
  NOTHING_QUARANTINED,
  QUARANTINE_EVENTS,
  quarantineStream,
  type Quarantined,
  type QuarantineEvent,
} from './quarantine/quarantine';
import type { TextReading } from './text-reading';

export interface HealingParts {
  readonly store: EventStore;
  readonly experiments: Experiments;
  readonly reading: TextReading;
  /** How the system under test is asked again for what a test found wrong; without it, whether that stays wrong is not known. */
  readonly ask?: AskAgain;
  readonly quarantineBudget?: QuarantineBudget;
  readonly now?: () => Date;
}

const QUARANTINE: Decider<Quarantined, QuarantineCommand, QuarantineEvent> = {
  events: QUARANTINE_EVENTS,
  initial: NOTHING_QUARANTINED,
  evolve,
  decide,
};

/** Of detection: what the search for polluters and the checks of failures may take beyond `runsEach`. */
const EXTRA_EACH = 10;
/** Fewer tests than this need room for the longest search all the same. */
const EXTRA_LEAST = 2_000;

/** What the service does for its callers, on its store and its ports alone. */
export function healingOn(parts: HealingParts): Healing {
  const {
    store,
    experiments,
    reading,
    ask = () => Promise.resolve(undefined),
    quarantineBudget = DEFAULT_BUDGET,
    now = () => new Date(),
  } = parts;
  const applying = (project: HealedProject) => ({ store, project, now });

  return {
    async detect(project, tests, { runsEach, seed, signal, tell }) {
      const byId = new Map(tests.map((test) => [test.id, test]));
      const detected = await detectFlakes({
        tests,
        patterns: await patternsIn(reading, project, tests),
        runsEach,
        seed,
        now: now(),
        texts: await textsOf(project, tests),
        ...(signal && { signal }),
        attempts: attempts(experiments, byId, tests.length * (runsEach + EXTRA_EACH) + EXTRA_LEAST, signal),
        ...(tell && { tell }),
      });
      const detections = detected.map(({ detection }) => detection);
      for (const detection of detections)
        if (detection.verdict === 'flaky') await recordFlake(store, project.projectId, detection, undefined, now());
      return detections;
    },

    heal(project, execution, strategy, limits, options = {}) {
      const { signal, tell = () => undefined, refuse = new Map(), only } = options;
      return healExecution({
        store,
        experiments,
        reading,
        ask,
        project,
        execution,
        strategy,
        limits,
        refuse,
        tell,
        now,
        ...(signal && { signal }),
        ...(only && { only }),
      });
    },

    apply: (project, fixId, actor) => applyFix(applying(project), fixId, actor),
    revert: (project, fixId, reason) => revertFix(applying(project), fixId, reason),

    async revertFailed(project, execution) {
      const reverted = [];
      for (const known of await appliedFixes(store, project.projectId)) {
        const result = execution.results.find(({ testId }) => testId === known.fix.testId);
        // Where somebody has edited the file since, it is no longer this fix that ran.
        if (!result || !(await stands(project, known.fix))) continue;
        const failures = result.attempts.flatMap(({ outcome, conditions, failure }) =>
          outcome === 'failed' && conditions.revision !== 'base' && failure ? [failure] : [],
        );
        const again = failures.find((failure) => isSameFailure(failure, known.signatures));
        if (again) {
          await changeFix(store, known.fix.id, { kind: 'see', executionId: execution.id, held: false }, now());
          reverted.push(
            await revertFix(
              applying(project),
              known.fix.id,
              `the test failed again the same way in execution ${execution.id}: ${again.message}`,
            ),
          );
        } else if (result.status === 'passed' || result.status === 'healed') {
          await changeFix(store, known.fix.id, { kind: 'see', executionId: execution.id, held: true }, now());
        }
      }
      return reverted;
    },

    rechecked: async (fixId, executionId, of) =>
      (await changeFix(store, fixId, { kind: 'recheck', executionId, ...(of !== undefined && { of }) }, now())).fix,
    recover: (project) => recoverFixes(applying(project)),
    reconcile: (project) => reconcileFixes(applying(project)),
    fixes: async (projectId, limit) => (await listFixes(store, projectId, limit)).map(({ fix }) => fix),
    stats: async (projectId) => statsOf(await pastFixes(store, projectId)),

    async quarantine(projectId, entry) {
      const tests = await knownTests(store, projectId);
      const command = { kind: 'quarantine', projectId, entry, tests, budget: quarantineBudget, now: now() } as const;
      await handleCommand(store, quarantineStream(projectId), QUARANTINE, command);
    },
    async release(projectId, testId, reason, evidence) {
      const rate = await lastRate(store, projectId, testId);
      await handleCommand(store, quarantineStream(projectId), QUARANTINE, {
        kind: 'release',
        projectId,
        testId,
        reason,
        evidence,
        rate,
        now: now(),
      });
    },
    async quarantined(projectId, at) {
      const { state } = await loadState(store, quarantineStream(projectId), QUARANTINE);
      return inForceAt(state, at);
    },
  };
}

/** What planning read of each test, or what is read now. */
async function patternsIn(reading: TextReading, project: HealedProject, tests: readonly TestCase[]) {
  const files = [...new Set(tests.filter(({ metadata }) => !metadata.prior).map(({ module }) => module))];
  const readings = files.length === 0 ? [] : await reading.flakeReader(project.root).read(files);
  const byFile = new Map(
    files.map((file, i) => {
      const found = readings[i];
      return [file, found && 'findings' in found ? patternsOf(found.findings) : []];
    }),
  );
  return new Map(tests.map((test) => [test.id, test.metadata.prior?.patterns ?? byFile.get(test.module) ?? []]));
}

/** Larger files are no tests that a person wrote. */
const LARGEST_TEXT = 256 * 1024;

async function textsOf({ root }: HealedProject, tests: readonly TestCase[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const byFile = new Map<string, string>();
  for (const { id, module } of tests) {
    const text = byFile.get(module) ?? (await readFile(join(root, module), 'utf8').catch(() => ''));
    byFile.set(module, text);
    texts.set(id, text.length > LARGEST_TEXT ? '' : text);
  }
  return texts;
}

/** How often the test failed when it was last found flaky. */
async function lastRate(store: EventStore, projectId: string, testId: string): Promise<number | undefined> {
  const { rows } = await store.query<{ data: { runs: number; failed: number } }>(
    `SELECT data FROM events WHERE type = $1 AND data ->> 'projectId' = $2 AND data ->> 'testId' = $3 ORDER BY position DESC LIMIT 1`,
    [FlakeDetected.type, projectId, testId],
  );
  const found = rows[0]?.data;
  return found && found.runs > 0 && found.failed > 0 ? found.failed / found.runs : undefined;
}

/** Whether the file is as the fix left it. */
async function stands({ root }: HealedProject, { file, after }: Pick<Fix, 'file' | 'after'>): Promise<boolean> {
  try {
    return (await placeOf(root, file)).sha256 === after;
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}
