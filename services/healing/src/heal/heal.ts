import {
  DomainError,
  type Detection,
  type Finding,
  type Fix,
  type FlakePattern,
  type TestCase,
  type TestExecution,
  type TestResult,
  type TestStrategy,
} from '@testimony/contracts';
import type { EventStore } from '@testimony/event-store';
import type { Experiments, HealedProject, HealingLimits, HealingProgress } from '../api';
import { applyFix, AUTOMATIC } from '../application/apply';
import { placeOf, sha256 } from '../application/place';
import { attempts, type Attempts } from '../detection/attempts';
import { conclude, type Polluter } from '../detection/conclude';
import { findPolluters } from '../detection/polluter';
import { ALONE, sequenceOf } from '../detection/setting';
import { settled, SETTLING_MS } from '../detection/settled';
import { likelyPatterns, type Subject } from '../detection/subject';
import { changeFix } from '../fix/change';
import { recordFlake } from '../flake/record';
import type { KnownFix } from '../fix/fix';
import { pastFixes } from '../fix/read';
import { confidenceOf } from '../fix/track-record';
import type { Candidate, Proving } from '../proof/candidate';
import { killsOf, type Kills } from '../proof/faults';
import { differsFromBase, staysWrong, type AskAgain } from '../proof/product';
import { proveCandidate, type ProofParts } from '../proof/prove';
import { reproduce, type Reproduction } from '../proof/reproduce';
import { countOf, tryRepeatedly } from '../proof/tries';
import { widthOf } from '../proof/width';
import type { TextReading } from '../text-reading';
import { companyOf, failedOnlyInCompany, failuresOf, patternsOf, refusalOf, subjectOf } from './suspects';

export interface HealRequest {
  readonly store: EventStore;
  readonly experiments: Experiments;
  readonly reading: TextReading;
  readonly ask: AskAgain;
  readonly project: HealedProject;
  readonly execution: TestExecution;
  readonly strategy: TestStrategy;
  readonly limits: HealingLimits;
  /** Tests that somebody else found to be right about the product, with the reason. */
  readonly refuse: ReadonlyMap<string, string>;
  readonly only?: ReadonlySet<string>;
  readonly signal?: AbortSignal;
  readonly tell: (progress: HealingProgress) => void;
  readonly now: () => Date;
}

/** Runs of one test while its polluter is searched for, as a share of what it may have: the proof needs the rest. */
const SEARCH_SHARE = 0.3;
const MOST_SEARCH_RUNS = 40;
/** Of an edited polluter, before its mutants are made. */
const RUNS_OF_POLLUTER = 3;

/** Heals the flaky tests of an execution, one after the other: two at once would disturb each other's measurements. */
export async function healExecution(request: HealRequest): Promise<Fix[]> {
  const { execution, strategy, signal } = request;
  const tests = new Map(strategy.testCases.map((test) => [test.id, test]));
  const fixes: Fix[] = [];
  for (const result of execution.results) {
    const test = tests.get(result.testId);
    if (!test || result.status !== 'flaky' || request.only?.has(test.id) === false) continue;
    signal?.throwIfAborted();
    fixes.push(...(await healTest(request, tests, test, result)));
  }
  return fixes;
}

async function healTest(request: HealRequest, tests: ReadonlyMap<string, TestCase>, test: TestCase, result: TestResult): Promise<Fix[]> {
  const { store, experiments, project, execution, strategy, limits, signal, now } = request;
  const say = (message: string): void => request.tell({ kind: 'detecting', testId: test.id, message });
  const refusal = request.refuse.get(test.id) ?? refusalOf(result);
  if (refusal !== undefined) {
    say(`${test.name} is not healed: ${refusal}`);
    return [];
  }
  const runs = attempts(experiments, tests, limits.maxRuns, signal);
  const [findings] = await findingsIn(request, [test.module]);
  let subject = subjectOf(test, result, patternsOf(findings ?? []));
  const detected = (polluter?: Polluter): Promise<void> =>
    recordFlake(store, project.projectId, { ...conclude(subject, polluter), verdict: 'flaky' } satisfies Detection, execution.id, now());
  try {
    const company = companyOf(execution, strategy, result);
    const pollution = failedOnlyInCompany(subject) ? await searchPolluter(request, runs, test, company.before, tests) : undefined;
    const failures = failuresOf(result);
    const classes = new Set(failures.map(({ failure }) => failure?.class));
    const seed = seedOf(execution.id, test.id);
    const ordinary = countOf(subject.seen.filter((one) => one.setting.slot === ALONE.slot));
    const reproducing = await reproduce({
      attempts: runs,
      tests,
      subject,
      ...(pollution && { polluters: pollution.polluters }),
      company: company.beside,
      ordinary,
      isLike: ({ failure }) => classes.size === 0 || classes.has(failure?.class),
      now: now(),
      seed,
    });
    if (reproducing.kind === 'not-reproduced') {
      subject = reproducing.subject;
      await detected(pollution?.polluter);
      say(`${test.name} stays flaky and no fix is tried. ${reproducing.evidence.evidence}`);
      return [];
    }
    const reproduction = reproducing.found;
    subject = reproduction.subject;
    await detected(pollution?.polluter);
    say(reproduction.evidence.evidence);
    // What a polluter left must not be taken for a failure under ordinary conditions.
    if (reproduction.setting.kind === 'sequence') await passesAgain(request, runs, tests, test);
    const product = await productsFault(request, runs, tests, test, reproduction);
    if (product !== undefined) {
      say(`${test.name} is not healed: ${product}`);
      return [];
    }
    return await tryCandidates(request, { runs, tests, test, subject, reproduction, seed, polluters: pollution?.polluters ?? [] });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    await detected();
    say(`${test.name} is not healed: ${error.message}`);
    return [];
  }
}

interface Trying {
  readonly runs: Attempts;
  readonly tests: ReadonlyMap<string, TestCase>;
  readonly test: TestCase;
  readonly subject: Subject;
  readonly reproduction: Reproduction;
  readonly seed: number;
  readonly polluters: readonly string[];
}

async function tryCandidates(request: HealRequest, trying: Trying): Promise<Fix[]> {
  const { store, project, execution, limits, tell, now } = request;
  const { test } = trying;
  const past = await pastFixes(store, project.projectId);
  const candidates = (await candidatesFor(request, trying))
    .map((one) => ({ ...one, worth: confidenceOf(one.candidate.prior, one.candidate.pattern, past) }))
    .toSorted((a, b) => b.worth - a.worth);
  if (candidates.length === 0)
    tell({
      kind: 'detecting',
      testId: test.id,
      message: `${test.name} stays flaky: no edit is known that would remove what makes it fail`,
    });
  const provings = new Map<string, Promise<{ proving: Proving; kills: () => Promise<Kills> }>>();
  const fixes: Fix[] = [];
  let tried = 0;
  for (const { candidate, edited } of candidates) {
    const earlier = past.find(
      ({ fix }) =>
        fix.testId === test.id && fix.file === candidate.file && fix.before === candidate.before && fix.after === candidate.after,
    );
    // What was refuted once, on these very texts, is not put to the proof again.
    if (earlier?.status === 'rejected' || earlier?.status === 'reverted') continue;
    if (tried >= limits.maxCandidates) break;
    tried += 1;
    const known =
      earlier?.status === 'proven'
        ? await changeFix(store, earlier.fix.id, { kind: 'reuse', executionId: execution.id }, now())
        : await proven(candidate, edited);
    fixes.push(await conclusionOf(request, known));
    if (known.status === 'proven') break;
  }
  return fixes;

  async function proven(candidate: Candidate, edited: TestCase): Promise<KnownFix> {
    const prepared = provings.get(edited.id) ?? prepare(trying, edited);
    provings.set(edited.id, prepared);
    const { proving, kills } = await prepared;
    const parts: ProofParts = {
      store,
      project,
      reading: request.reading,
      executionId: request.execution.id,
      now,
      tell: (fix) => tell({ kind: 'guard', testId: test.id, fix }),
    };
    return proveCandidate(parts, proving, candidate, kills, past);
  }
}

/** Applies what is proven, where that is allowed and it is sure enough. */
async function conclusionOf({ store, project, limits, tell, now }: HealRequest, known: KnownFix): Promise<Fix> {
  const { testId } = known.fix;
  if (known.status !== 'proven') {
    if (known.status === 'rejected') tell({ kind: 'rejected', testId, fix: known.fix });
    return known.fix;
  }
  tell({ kind: 'proven', testId, fix: known.fix });
  if (!limits.apply || known.fix.confidence < limits.minConfidence) return known.fix;
  try {
    const fix = await applyFix({ store, project, now }, known.fix.id, AUTOMATIC);
    tell({ kind: 'healed', testId, fix });
    return fix;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    // The proof stands; the file is left to its owner.
    tell({ kind: 'detecting', testId, message: error.message });
    return known.fix;
  }
}

async function prepare(
  { runs, tests, test, subject, reproduction, seed }: Trying,
  edited: TestCase,
): Promise<{ proving: Proving; kills: () => Promise<Kills> }> {
  let { normal, passing } = reproduction;
  if (edited.id !== test.id) {
    const tried = await tryRepeatedly({
      attempts: runs,
      tests,
      question: `Does ${edited.name} pass?`,
      test: edited,
      setting: ALONE,
      times: RUNS_OF_POLLUTER,
      width: 1,
    });
    const passed = tried.find(({ outcome }) => outcome === 'passed')?.attempt;
    if (!passed) throw new DomainError('not-reproduced', `${edited.name}, which makes ${test.name} fail, did not pass itself.`, 409);
    normal = countOf(tried);
    passing = passed;
  }
  const width = await widthOf({ attempts: runs, tests, test: edited }, normal);
  const proving: Proving = { attempts: runs, tests, flaky: test, edited, subject, reproduction, normal, passing, width, seed };
  let made: Promise<Kills> | undefined;
  return { proving, kills: () => (made ??= killsOf(proving)) };
}

async function candidatesFor(
  request: HealRequest,
  { test, tests, subject, reproduction, polluters }: Trying,
): Promise<{ candidate: Candidate; edited: TestCase }[]> {
  const { project, reading } = request;
  const found: { candidate: Candidate; edited: TestCase }[] = [];
  const suspects = [test, ...polluters.map((id) => tests.get(id)).filter((one) => one !== undefined && one.module !== test.module)].filter(
    (one) => one !== undefined,
  );
  for (const edited of suspects) {
    const { file, bytes, sha256: before } = await placeOf(project.root, edited.module);
    const text = bytes.toString('utf8');
    // Bytes that are no UTF-8 would not come back as they were.
    if (!Buffer.from(text).equals(bytes)) continue;
    const [findings = []] = await findingsIn(request, [file]);
    const isPolluter = edited.id !== test.id;
    const patterns: FlakePattern[] = isPolluter ? ['leaked_state', 'shared_resource'] : likelyPatterns(subject);
    const lines = isPolluter
      ? []
      : reproduction.failures.flatMap(({ failure }) =>
          failure?.line !== undefined && (failure.file ?? file) === file ? [failure.line] : [],
        );
    const messages = isPolluter ? [] : reproduction.failures.flatMap(({ failure }) => (failure ? [failure.message] : []));
    const hints = { patterns, messages: [...new Set(messages)], lines: [...new Set(lines)] };
    for (const made of await reading.fixCandidates({ root: project.root, file, text, findings, hints })) {
      const after = sha256(made.text);
      if (after === before || found.some((one) => one.candidate.after === after)) continue;
      found.push({
        candidate: {
          pattern: made.pattern,
          title: made.title,
          prior: made.prior,
          file,
          before,
          after,
          text: { before: text, after: made.text },
        },
        edited,
      });
    }
  }
  return found;
}

async function productsFault(
  request: HealRequest,
  runs: Attempts,
  tests: ReadonlyMap<string, TestCase>,
  test: TestCase,
  reproduction: Reproduction,
): Promise<string | undefined> {
  const { ask, signal } = request;
  const differs = await differsFromBase({ attempts: runs, tests, test }, reproduction);
  if (differs !== undefined) return differs;
  // Asked right after a failure: what the tests that follow do to the data is not mistaken for the product's answer.
  const [last] = await tryRepeatedly({
    attempts: runs,
    tests,
    question: `Is what ${test.name} fails for late or wrong?`,
    test,
    setting: reproduction.setting,
    times: 1,
    width: 1,
  });
  const failure = last?.outcome === 'failed' ? last.attempt : reproduction.failures.at(-1);
  return failure && staysWrong(failure, ask, signal);
}

async function searchPolluter(
  request: HealRequest,
  runs: Attempts,
  test: TestCase,
  before: readonly string[],
  tests: ReadonlyMap<string, TestCase>,
): Promise<{ readonly polluters: readonly string[]; readonly polluter: Polluter } | undefined> {
  if (before.length === 0) return undefined;
  const enough = runs.left() * (1 - SEARCH_SHARE);
  let n = 0;
  let isClean = false;
  const found = await findPolluters({
    before,
    maxRuns: MOST_SEARCH_RUNS,
    run: async (ids) => {
      if (!isClean && !(await passesAgain(request, runs, tests, test))) return undefined;
      if (runs.left() - ids.length - 1 < enough) return undefined;
      n += 1;
      const [lane] = await runs.run(`Which test makes ${test.name} fail?`, [
        sequenceOf([...ids, test.id], `polluter-${n}`, { isolated: false }),
      ]);
      const outcome = lane?.at(-1)?.outcome;
      isClean = outcome === 'passed';
      return outcome === 'passed' || outcome === 'failed' ? outcome : undefined;
    },
  });
  const [first] = found.kind === 'found' ? found.polluters : [];
  if (found.kind !== 'found' || first === undefined) return undefined;
  const names = found.polluters.map((id) => tests.get(id)?.name ?? id).join(' and ');
  request.tell({ kind: 'detecting', testId: test.id, message: `${test.name} fails after ${names}` });
  return { polluters: found.polluters, polluter: { testId: first, name: names, withIt: found.withIt, withoutIt: found.withoutIt } };
}

/** Waits until what the test failed for is gone from the system under test. */
function passesAgain({ signal }: HealRequest, runs: Attempts, tests: ReadonlyMap<string, TestCase>, test: TestCase): Promise<boolean> {
  const once = async (): Promise<boolean> => {
    const [tried] = await tryRepeatedly({
      attempts: runs,
      tests,
      question: `Does ${test.name} pass by itself again?`,
      test,
      setting: ALONE,
      times: 1,
      width: 1,
    });
    return tried?.outcome !== 'failed';
  };
  return settled(once, SETTLING_MS, signal);
}

async function findingsIn({ reading, project }: HealRequest, files: readonly string[]): Promise<Finding[][]> {
  const readings = await reading.flakeReader(project.root).read(files);
  return readings.map((one) => ('findings' in one ? [...one.findings] : []));
}

/** The same for the same execution and test, so that a repeated healing makes the same choices. */
function seedOf(executionId: string, testId: string): number {
  return Number.parseInt(sha256(`${executionId} ${testId}`).slice(0, 7), 16);
}
