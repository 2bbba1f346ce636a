import type { FailureClass } from '@testimony/contracts';
import { storableJson, type Transaction } from '@testimony/event-store';
import { learnedOf } from '../learning/learned';
import type { Dossier, PastRun } from './judged';

/** Runs that a judgement looks back on: a flake of 10 % shows in them with probability .88. */
const RUNS = 20;
/** The project's climate needs fewer: it is over all tests, and reading it costs as many rows. */
const CLIMATE_RUNS = 10;
/** So many tests that failed alike say as much as all of them. */
const MOST_ALIKE = 50;

/** What the project's tests were like in its newest runs, and what changed; the same for every test of a run. $1 execution, $2 runs. */
export const READ_CLIMATE = `
SELECT count(DISTINCT t.test_id)::int AS tests,
  count(DISTINCT t.test_id) FILTER (WHERE t.verdict = 'flaky')::int AS flaky,
  (SELECT avg(CASE WHEN (n.prior->>'changed')::boolean THEN 1.0 ELSE 0.0 END)::float8
    FROM tests n WHERE n.execution_id = $1 AND n.prior ? 'changed') AS changed
FROM executions e
CROSS JOIN LATERAL (
  SELECT id
  FROM executions p
  WHERE p.project_id = e.project_id AND p.purpose = 'run' AND p.status IN ('passed', 'failed', 'lost') AND p.requested_at < e.requested_at
  ORDER BY p.requested_at DESC, p.id DESC
  LIMIT $2
) p
JOIN tests t ON t.execution_id = p.id AND t.verdict IN ('passed', 'flaky', 'failed', 'healed')
WHERE e.id = $1`;

/** $1 execution, $2 climate. */
const KEEP_CLIMATE = 'UPDATE executions SET climate = $2 WHERE id = $1';

/** What was planned with these tests, and what became of them in the newest runs before this one, newest first. $1 execution, $2 tests, $3 runs. */
export const READ_PAST = `
SELECT wanted.test_id, t.prior, past.runs
FROM executions e
CROSS JOIN unnest($2::text[]) AS wanted(test_id)
JOIN tests t ON t.execution_id = e.id AND t.test_id = wanted.test_id
CROSS JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('verdict', o.verdict, 'runs', o.decision->'runs', 'failed', o.decision->'failed', 'same', p.same) ORDER BY p.requested_at DESC, p.id DESC) AS runs
  FROM (
    SELECT id, requested_at, coalesce(revision = e.revision AND NOT (revision->>'dirty')::boolean, false) AS same
    FROM executions
    WHERE project_id = e.project_id AND purpose = 'run' AND status <> 'running' AND requested_at < e.requested_at
    ORDER BY requested_at DESC, id DESC
    LIMIT $3
  ) p
  JOIN tests o ON o.execution_id = p.id AND o.test_id = wanted.test_id AND o.verdict IN ('passed', 'flaky', 'failed', 'healed')
) past
WHERE e.id = $1`;

/** Whether these tests failed like this in earlier flakes of theirs. $1 execution, $2 tests with signatures as JSON. */
export const READ_SEEN = `
SELECT w.test_id, bool_or(f.signature = w.signature) AS seen
FROM jsonb_to_recordset($2::jsonb) AS w(test_id text, signature text)
JOIN executions e ON e.id = $1
JOIN failed_attempts f ON f.project_id = e.project_id AND f.test_id = w.test_id AND f.execution_id <> e.id AND NOT f.base AND NOT f.set_aside
JOIN tests t ON t.execution_id = f.execution_id AND t.test_id = f.test_id AND t.verdict = 'flaky'
JOIN executions p ON p.id = f.execution_id AND p.requested_at < e.requested_at
GROUP BY w.test_id`;

/** Other tests of this run that failed alike. $1 execution, $2 tests with signatures as JSON, $3 tests at most. */
export const READ_ALIKE = `
SELECT w.test_id, count(*)::int AS tests, count(*) FILTER (WHERE o.times > 1)::int AS failed_again,
  count(*) FILTER (WHERE o.verdict = 'flaky')::int AS passed_later
FROM jsonb_to_recordset($2::jsonb) AS w(test_id text, signature text)
CROSS JOIN LATERAL (
  SELECT f.test_id, count(*) AS times, min(t.verdict) AS verdict
  FROM failed_attempts f
  JOIN tests t ON t.execution_id = f.execution_id AND t.test_id = f.test_id
  WHERE f.execution_id = $1 AND f.signature = w.signature AND f.test_id <> w.test_id AND NOT f.base AND NOT f.set_aside
  GROUP BY f.test_id
  LIMIT $3
) o
GROUP BY w.test_id`;

interface Climate {
  readonly tests: number;
  readonly flaky: number;
  readonly changed: number | null;
}

export interface JudgedRun {
  readonly executionId: string;
  readonly projectId: string;
  readonly base: boolean;
  readonly learning: boolean;
  readonly climate: Climate | null;
}

export interface FailingTest {
  readonly testId: string;
  readonly signature: string;
  readonly class: FailureClass;
}

/** What the store knows of tests that failed, for whoever judges them; five reads however many they are. */
export async function dossiersOf(tx: Transaction, run: JudgedRun, failing: readonly FailingTest[]): Promise<Map<string, Dossier>> {
  if (failing.length === 0) return new Map();
  const { executionId } = run;
  const wanted = storableJson(failing.map(({ testId, signature }) => ({ test_id: testId, signature })));
  const climate = run.climate ?? (await readClimate(tx, executionId));
  const past = await tx.query<{ test_id: string; prior: Dossier['prior'] | null; runs: PastRun[] | null }>(READ_PAST, [
    executionId,
    failing.map((f) => f.testId),
    RUNS,
  ]);
  const seen = await tx.query<{ test_id: string; seen: boolean }>(READ_SEEN, [executionId, wanted]);
  const alike = await tx.query<{ test_id: string; tests: number; failed_again: number; passed_later: number }>(READ_ALIKE, [
    executionId,
    wanted,
    MOST_ALIKE,
  ]);
  const learned = run.learning ? await learnedOf(tx, run.projectId) : [];
  const pastOf = new Map(past.rows.map((row) => [row.test_id, row]));
  const seenOf = new Map(seen.rows.map((row) => [row.test_id, row.seen ? ('seen' as const) : ('other' as const)]));
  const alikeOf = new Map(alike.rows.map((row) => [row.test_id, row]));
  return new Map(
    failing.map(({ testId, class: failureClass }) => {
      const others = alikeOf.get(testId);
      const dossier: Dossier = {
        past: pastOf.get(testId)?.runs ?? [],
        prior: pastOf.get(testId)?.prior ?? undefined,
        climate: {
          ...(climate.tests > 0 ? { flaky: { tests: climate.tests, flaky: climate.flaky } } : {}),
          ...(climate.changed === null ? {} : { changed: climate.changed }),
        },
        learned: learned.find((l) => l.class === failureClass && l.policy === 'isolated'),
        seenBefore: seenOf.get(testId),
        alike: { tests: others?.tests ?? 0, failedAgain: others?.failed_again ?? 0, passedLater: others?.passed_later ?? 0 },
        base: run.base,
      };
      return [testId, dossier];
    }),
  );
}

async function readClimate(tx: Transaction, executionId: string): Promise<Climate> {
  const { rows } = await tx.query<Climate>(READ_CLIMATE, [executionId, CLIMATE_RUNS]);
  const climate = rows[0] ?? { tests: 0, flaky: 0, changed: null };
  await tx.query(KEEP_CLIMATE, [executionId, JSON.stringify(climate)]);
  return climate;
}
