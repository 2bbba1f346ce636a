import { changesSince, sourcePaths, type ChangedFile, type Changes } from '@testimony/code-analysis';
import {
  FAILURE_CLASSES,
  systemWasAway,
  type Analysis,
  type Classification,
  type DebugReport,
  type FailureClass,
  type TestCase,
  type TestResult,
} from '@testimony/contracts';
import type { Surroundings } from '../api';
import { changedCode } from '../cause/changed-code';
import { circumstantialCauses, evidenceOnCode, type Circumstances } from '../cause/circumstances';
import type { ReachedEndpoint } from '../cause/code-evidence';
import { rankHypotheses } from '../cause/hypothesis';
import { kindOfFile } from '../cause/meaning-of-change';
import { nextExperiment } from '../cause/next-experiment';
import { productCode } from '../cause/product-code';
import { spectrumOf } from '../cause/spectrum';
import { clusterFailures, type FailureToCluster } from '../cluster/cluster-failures';
import { projectCode, type ProjectCode } from '../code/project-code';
import { failureFacts, shapesOf, type FailureFacts } from '../failure/failure-facts';
import { wordsAlike } from '../cluster/words-alike';
import { classOfAttempt } from '../failure/class-of-attempt';
import { suggestionsFor } from '../suggestion/suggest';

const DAY_MS = 86_400_000;
/** Requests that a test makes on its way are many; what is further back than these is not what fails. */
const MAX_SHAPES = 12;
/** Lines around the failing one: an assertion is often written over several. */
const AROUND = 2;
/** Failures without an answer that lie this close together are looked at as one event. */
const TOGETHER_MS = 10_000;

const EXPLAINED = new Set<TestResult['status']>(['failed', 'flaky', 'lost']);

/** Looks at every test that failed, was flaky or lost. Reads files and history of the project; stores nothing. */
export async function analyseExecution(surroundings: Surroundings, now: Date): Promise<DebugReport> {
  const { execution, strategy, root, manifest, projectId } = surroundings;
  const tests = new Map(strategy.testCases.map((test) => [test.id, test]));
  const results = execution.results.filter(({ status }) => EXPLAINED.has(status));
  const changesSinceOf = await readChanges(surroundings, results);
  const changed = [...changesSinceOf.values()].flatMap(({ files }) =>
    files.filter(({ path, deleted }) => !deleted && kindOfFile(path) === 'source').map(({ path }) => path),
  );
  const code = projectCode(root, manifest, results.length > 0 ? await sourcePaths(root) : [], [...new Set(changed)]);
  const all = results.map((result) => {
    const test = tests.get(result.testId);
    const failure = result.attempts.find(({ outcome }) => outcome === 'failed')?.failure;
    const line = failure?.line;
    const source = line === undefined ? '' : code.text(failure?.file ?? test?.module ?? '', line - AROUND, line + AROUND);
    return failureFacts(result, test, source);
  });
  const through = readThrough(surroundings, tests, code);
  const passing = execution.results.filter(({ status }) => status === 'passed').map(({ testId }) => testId);

  const analyses: Analysis[] = [];
  const toCluster: FailureToCluster[] = [];
  for (const facts of all) {
    const analysis = await analyseFailure(facts, { surroundings, code, changesSinceOf, all, passing, through, now });
    analyses.push(analysis);
    const away = facts.result.attempts.find((attempt) => systemWasAway(attempt) || attempt.outcome === 'lost');
    toCluster.push({
      testId: facts.result.testId,
      class: analysis.classification.class,
      message: facts.message,
      causes: analysis.causes,
      ...(facts.request && { request: facts.request }),
      ...(away && { awayAt: Date.parse(away.startedAt) + away.durationMs }),
    });
  }
  const clusters = clusterFailures(projectId, toCluster);
  const clusterOf = new Map(clusters.flatMap(({ id, testIds }) => testIds.map((testId) => [testId, id] as const)));
  return {
    executionId: execution.id,
    analyses: analyses.map((analysis) => {
      const clusterId = clusterOf.get(analysis.testId);
      return clusterId === undefined ? analysis : { ...analysis, clusterId };
    }),
    clusters,
  };
}

/** By revision; each is read once, however many tests passed at it last. */
async function readChanges(surroundings: Surroundings, results: readonly TestResult[]): Promise<ReadonlyMap<string, Changes>> {
  const revisions = new Set(results.flatMap(({ testId }) => revisionFor(testId, surroundings)?.commit ?? []));
  const changes = new Map<string, Changes>();
  for (const revision of revisions) changes.set(revision, await changesSince(surroundings.root, revision));
  return changes;
}

interface Beside {
  readonly surroundings: Surroundings;
  readonly code: ProjectCode;
  readonly changesSinceOf: ReadonlyMap<string, Changes>;
  readonly all: readonly FailureFacts[];
  readonly passing: readonly string[];
  readonly through: (testId: string) => ReadonlySet<string>;
  readonly now: Date;
}

async function analyseFailure(facts: FailureFacts, beside: Beside): Promise<Analysis> {
  const { surroundings, code, changesSinceOf, all, passing, through, now } = beside;
  const { result, test } = facts;
  const { testId } = result;
  const revision = revisionFor(testId, surroundings);
  const changes: Changes = (revision && changesSinceOf.get(revision.commit)) ?? { files: [] };
  const changesKnown = revision !== undefined && (changes.files.length > 0 || changes.problem === undefined);
  const endpoints = facts.asked.slice(0, MAX_SHAPES).flatMap(({ shape, weight }): ReachedEndpoint[] => {
    const reach = code.reach(shape);
    return reach ? [{ shape, weight, code: reach.code, files: reach.files }] : [];
  });
  const attempts = [...result.attempts, ...(surroundings.experiments?.get(testId) ?? [])].filter(
    ({ conditions }) => conditions.revision !== 'base' && conditions.mutation === undefined,
  );
  const past = surroundings.history.get(testId);
  const known: Circumstances = {
    attempts,
    before: past?.before ?? { runs: 0, failed: 0 },
    everPassed: past?.lastPass !== undefined,
    changed: changesKnown ? changes.files : undefined,
    since: revision?.words ?? '',
    testFiles: test ? code.imports(test.module) : new Map(),
    awayTogether: awayTogether(facts, all),
    ownHosts: ownHosts(beside),
  };
  const onCode = evidenceOnCode(facts, known);
  const alike = sameFailures(facts, all);
  const spectrum = (file: string) => spectrumOf(file, alike, passing, through);
  const commitOfLine = await linesToCommits(code, revision?.commit, changes.files, endpoints);
  const service = surroundings.manifest?.services.find(({ name }) => name === test?.service);
  const changed = changesKnown
    ? changedCode(
        facts,
        {
          files: changes.files,
          since: revision?.words ?? '',
          commitOf: commitOfLine,
          ...(service && { serviceRoot: service.root_path.replace(/^\.\/?|\/$/g, '') }),
        },
        endpoints,
        spectrum,
        onCode.changed,
      )
    : [];
  const unchanged = productCode(facts, endpoints, (place) => code.textOf(place), spectrum, {
    ...(changesKnown && { since: revision.words }),
    except: new Set(changes.files.map(({ path }) => path)),
    extra: onCode.unchanged,
  });
  const missing = whatIsMissing(revision, changes, endpoints, facts, surroundings);
  const unknownSummary =
    missing.length > 0 ? `Something else; ${missing.join('; ')}.` : 'Something that none of the known facts points to.';
  const causes = rankHypotheses([...changed, ...unchanged, ...circumstantialCauses(facts, known)], unknownSummary);
  const experiment = nextExperiment(facts, causes, {
    attempts,
    base: result.decision?.base,
    canUseBase: changesKnown,
    missing,
  });
  const commits = new Map(changes.files.flatMap(({ commits: some }) => some.map((commit) => [commit.hash, commit] as const)));
  return {
    executionId: surroundings.execution.id,
    testId,
    testName: test?.name ?? testId,
    message: facts.message,
    classification: classificationOf(facts),
    causes,
    ...(experiment && { moreInformationNeeded: experiment }),
    suggestions: suggestionsFor({
      facts,
      causes,
      fixes: surroundings.fixes,
      endpoints,
      commitOf: (hash) => {
        const commit = commits.get(hash);
        return commit && { subject: commit.subject, daysAgo: (now.getTime() - commit.at.getTime()) / DAY_MS };
      },
      rangeAt: (file, line) => changes.files.find(({ path }) => path === file)?.added.find(({ from, to }) => from <= line && line <= to),
    }),
  };
}

/** A lost attempt has no failure to classify: it is `other`, for certain. */
function classificationOf({ attempt }: FailureFacts): Classification {
  if (attempt?.failure) return classOfAttempt(attempt);
  const probabilities = Object.fromEntries(FAILURE_CLASSES.map((each) => [each, each === 'other' ? 1 : 0])) as Record<FailureClass, number>;
  return { class: 'other', probability: 1, probabilities };
}

interface Since {
  readonly commit: string;
  /** As a sentence says it. */
  readonly words: string;
}

/** Since the test's last pass; for a test without one since the base revision, or the newest pass of any other. */
function revisionFor(testId: string, { history, baseRevision }: Surroundings): Since | undefined {
  const own = history.get(testId)?.lastPass?.commit;
  if (own) return { commit: own, words: `its last pass at ${own.slice(0, 7)}` };
  if (baseRevision !== undefined) return { commit: baseRevision, words: `the base revision ${baseRevision.slice(0, 12)}` };
  const newest = [...history.values()]
    .flatMap(({ lastPass }) => (lastPass?.commit ? [{ commit: lastPass.commit, at: lastPass.at }] : []))
    .sort((a, b) => b.at.getTime() - a.at.getTime())[0];
  return newest && { commit: newest.commit, words: `the last passes of other tests at ${newest.commit.slice(0, 7)}` };
}

/** Files that each test runs through by the requests that it made, or would make. */
function readThrough(
  { execution }: Surroundings,
  tests: ReadonlyMap<string, TestCase>,
  code: ProjectCode,
): (testId: string) => ReadonlySet<string> {
  const results = new Map(execution.results.map((result) => [result.testId, result]));
  const known = new Map<string, ReadonlySet<string>>();
  return (testId) => {
    const kept = known.get(testId);
    if (kept) return kept;
    const result = results.get(testId);
    const files = new Set<string>();
    if (result)
      for (const shape of shapesOf(result, tests.get(testId))) for (const { file } of code.reach(shape)?.code ?? []) files.add(file);
    known.set(testId, files);
    return files;
  };
}

/** Failing tests that can be taken for the same fault: their failing request is of the same shape, or their message alike. */
function sameFailures(facts: FailureFacts, all: readonly FailureFacts[]): string[] {
  const shape = facts.asked[0]?.shape;
  const alike = wordsAlike(facts.message);
  return all
    .filter(
      (other) =>
        other === facts ||
        (shape !== undefined && other.asked[0]?.shape === shape && other.class === facts.class) ||
        wordsAlike(other.message) === alike,
    )
    .map(({ result }) => result.testId);
}

function awayTogether(facts: FailureFacts, all: readonly FailureFacts[]): number {
  const times = (some: FailureFacts): number[] =>
    some.result.attempts
      .filter((attempt) => systemWasAway(attempt) || attempt.failure?.class === 'network')
      .map(({ startedAt, durationMs }) => Date.parse(startedAt) + durationMs);
  const own = times(facts);
  return own.length === 0
    ? 0
    : all.filter((other) => times(other).some((time) => own.some((at) => Math.abs(at - time) <= TOGETHER_MS))).length;
}

/** Where most requests of the execution go: whatever else is asked is not the project's. */
function ownHosts({ all }: Beside): ReadonlySet<string> {
  const probed = all.flatMap(({ result }) => result.attempts.flatMap(({ failure }) => failure?.probe?.url ?? []));
  const counts = new Map<string, number>();
  for (const { result } of all)
    for (const { requests } of result.attempts)
      for (const { url } of requests) if (URL.canParse(url)) counts.set(new URL(url).host, (counts.get(new URL(url).host) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  return new Set([...probed.filter((url) => URL.canParse(url)).map((url) => new URL(url).host), ...(most === undefined ? [] : [most])]);
}

/** Who wrote which line: only for changed files that have several commits, where the newest need not be the one. */
async function linesToCommits(
  code: ProjectCode,
  revision: string | undefined,
  files: readonly ChangedFile[],
  endpoints: readonly ReachedEndpoint[],
): Promise<(file: string, line: number) => string | undefined> {
  if (revision === undefined) return () => undefined;
  const reached = new Set(endpoints.flatMap((endpoint) => endpoint.code.map(({ file }) => file)));
  const asked = files
    .filter(
      ({ path, deleted, commits, uncommitted }) =>
        !deleted && (reached.has(path) || files.length <= MAX_BLAMED) && commits.length + (uncommitted ? 1 : 0) > 1,
    )
    .slice(0, MAX_BLAMED);
  const known = new Map(await Promise.all(asked.map(async ({ path }) => [path, await code.lineCommits(revision, path)] as const)));
  return (file, line) => known.get(file)?.get(line);
}
/** A blame takes about 50 ms. */
const MAX_BLAMED = 30;

function whatIsMissing(
  revision: Since | undefined,
  changes: Changes,
  endpoints: readonly ReachedEndpoint[],
  facts: FailureFacts,
  { manifest }: Surroundings,
): string[] {
  return [
    revision === undefined ? 'what changed is not known, because no commit is known at which this test passed' : undefined,
    changes.problem,
    manifest === undefined ? 'there is no manifest that says where endpoints are handled (e2e manifest)' : undefined,
    manifest !== undefined && endpoints.length === 0 && facts.asked.length > 0
      ? `where ${facts.asked[0]?.shape ?? ''} is handled was not found`
      : undefined,
    facts.asked.length === 0 ? 'no request of the test was recorded' : undefined,
  ].filter((each) => each !== undefined);
}
