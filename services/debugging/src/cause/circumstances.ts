import { conditionsInWords, conditionsKey, systemWasAway, type Attempt, type Count, type Evidence } from '@testimony/contracts';
import type { ChangedFile } from '@testimony/code-analysis';
import type { FailureFacts } from '../failure/failure-facts';
import { countOf, failsMore, inWords } from './counts';
import type { Hypothesis } from './hypothesis';

/** What else is known when the failure is looked at. */
export interface Circumstances {
  /** All attempts on the head, those of experiments too. */
  readonly attempts: readonly Attempt[];
  readonly before: Count;
  readonly everPassed: boolean;
  /** What changed since the revision that it is compared with; undefined where it is not known. */
  readonly changed: readonly ChangedFile[] | undefined;
  /** Since when, as a sentence says it: a test that never passed has no last pass. */
  readonly since: string;
  /** Of the test's own file and what it imports. */
  readonly testFiles: ReadonlyMap<string, number>;
  /** Other tests of the execution that met no answer within the same few seconds. */
  readonly awayTogether: number;
  /** Hosts that answer for the project's services. */
  readonly ownHosts: ReadonlySet<string>;
}

/** Of kinds, against what nobody thought of: rare ones have to be shown by a fact. */
const PRIOR = { outage: -4, environment: -3.5, data_left_behind: -2.6, flaky: -1.6, dependency: -3.5, test_code: -2 } as const;
/** A fact that hardly has another explanation; one that leaves a few; one that only leans. */
const DECIDES = 4;
const STRONG = 2.5;
const SPEAKS = 1.5;
const LEANS = 0.7;

type Facts = (Evidence | false | undefined)[];
const kept = (facts: Facts): Evidence[] => facts.filter((fact) => fact !== false && fact !== undefined);

/** Everything that is no line of product code. Kinds without a single fact for them are left out. */
export function circumstantialCauses(facts: FailureFacts, known: Circumstances): Hypothesis[] {
  return [
    outage(facts, known),
    environment(facts, known),
    dataLeftBehind(facts, known),
    flaky(facts, known),
    dependency(facts, known),
    testCode(facts, known),
  ].filter((each) => each !== undefined && each.evidence.some(({ weight }) => weight > 0)) as Hypothesis[];
}

/** What speaks for or against code of the product as a whole, changed or not. */
export function evidenceOnCode(
  { result, class: kind }: FailureFacts,
  known: Circumstances,
): { readonly changed: Evidence[]; readonly unchanged: Evidence[] } {
  const { decision } = result;
  const base = decision?.base;
  const both = kept([
    kind === 'server' && { fact: 'the service answered with an error of its own', weight: LEANS },
    kind === 'network' && { fact: 'no answer came, which code seldom causes', weight: -SPEAKS },
    result.status === 'lost' && { fact: 'the test could not be judged', weight: -STRONG },
    known.awayTogether > 1 && { fact: `${known.awayTogether} tests met no answer at the same time`, weight: -STRONG },
    decision?.intermittent === true && { fact: 'it was judged a fault of the product that does not show each time', weight: LEANS },
    decision?.flakiness && {
      fact: `P(flaky) is ${decision.flakiness.probability.toFixed(2)} by its runs`,
      weight: -bounded(logit(decision.flakiness.probability), 2),
    },
    !decision?.flakiness && result.status === 'flaky' && { fact: decision?.reason ?? 'it also passed on this revision', weight: -SPEAKS },
  ]);
  return {
    changed: [
      ...both,
      ...kept([
        base !== undefined && base.runs > 0 && base.failed === 0 && { fact: `on the base revision ${inWords(base)}`, weight: SPEAKS },
        base !== undefined && base.failed > 0 && { fact: `on the base revision ${inWords(base)} too`, weight: -STRONG },
        decision?.label === 'regressed' && !(base && base.runs > 0) && { fact: 'it worked before', weight: LEANS },
      ]),
    ],
    unchanged: [
      ...both,
      ...kept([base !== undefined && base.failed > 0 && { fact: `on the base revision ${inWords(base)} too`, weight: SPEAKS }]),
    ],
  };
}

function outage(
  { attempt, message, class: kind, result }: FailureFacts,
  { awayTogether, attempts }: Circumstances,
): Hypothesis | undefined {
  const away = attempts.find(systemWasAway);
  const probe = (away ?? attempt)?.failure?.probe;
  const evidence = kept([
    away !== undefined && {
      fact: `${probe?.url ?? 'the service'} did not answer a probe right after (${probe?.error ?? 'no answer'})`,
      weight: DECIDES + SPEAKS,
    },
    probe?.reachable === true && { fact: `${probe.url} answered a probe right after`, weight: -SPEAKS },
    awayTogether > 1 && { fact: `${awayTogether} tests met no answer within the same seconds`, weight: DECIDES },
    result.decision?.label === 'infrastructure' && { fact: result.decision.reason, weight: STRONG },
    result.status === 'lost' && { fact: result.reason, weight: STRONG },
    (kind === 'network' || /\b50[234]\b/.test(message)) && {
      fact: `"${cut(message)}" is what a service that is away looks like`,
      weight: SPEAKS,
    },
  ]);
  return {
    kind: 'outage',
    summary: `${probe && !probe.reachable ? probe.url : result.status === 'lost' ? 'The worker or the system under test' : 'The system under test'} was away.`,
    prior: PRIOR.outage,
    evidence,
  };
}

const ENVIRONMENT: readonly { readonly pattern: RegExp; readonly what: string; readonly weight: number }[] = [
  { pattern: /\bEADDRINUSE\b|address already in use/i, what: 'a port is taken', weight: DECIDES + SPEAKS },
  { pattern: /\bENOSPC\b|no space left/i, what: 'the disk is full', weight: DECIDES + STRONG },
  {
    pattern: /\bENOMEM\b|heap out of memory|JavaScript heap|\bOOM(?:Killed)?\b|MemoryError|Cannot allocate memory/i,
    what: 'memory ran out',
    weight: DECIDES + SPEAKS,
  },
  { pattern: /\bE[MN]FILE\b|too many open files/i, what: 'too many files are open', weight: DECIDES + SPEAKS },
  {
    pattern: /\b(?:ENOTFOUND|EAI_AGAIN)\b|getaddrinfo|Name or service not known|Could not resolve host/i,
    what: 'a name cannot be resolved',
    weight: DECIDES + LEANS,
  },
  { pattern: /\b(?:EACCES|EPERM)\b|permission denied/i, what: 'a file or port may not be used', weight: STRONG },
  {
    pattern:
      /environment variable|env(?:ironment)?\.[A-Z_]{3,}|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+ (?:is|was) (?:not set|missing|undefined|required)|missing (?:env|configuration)/i,
    what: 'a variable is not set',
    weight: DECIDES,
  },
  { pattern: /certificate|CERT_|self.signed|\bSSL\b|\bTLS\b/i, what: 'a certificate is not accepted', weight: STRONG },
  {
    pattern: /Cannot find module|ModuleNotFoundError|No module named|command not found|\bENOENT\b.*(?:spawn|bin)/i,
    what: 'a program or package is not installed',
    weight: STRONG,
  },
  {
    pattern: /Executable doesn't exist|browserType\.launch|playwright install/i,
    what: 'a browser is not installed',
    weight: DECIDES + SPEAKS,
  },
];

function environment({ attempt, message }: FailureFacts, { attempts }: Circumstances): Hypothesis | undefined {
  const text = `${message}\n${attempt?.failure?.code ?? ''}\n${attempt?.failure?.stack ?? ''}\n${attempt?.logs.join('\n') ?? ''}`;
  const found = ENVIRONMENT.filter(({ pattern }) => pattern.test(text));
  const plain = countOf(attempts, ({ conditions }) => conditions.clock === undefined && conditions.timeZone === undefined);
  const shifted = [
    ...groups(attempts.filter(({ conditions }) => conditions.clock !== undefined || conditions.timeZone !== undefined)),
  ].filter(([, some]) => failsMore(countOf(some), plain) || failsMore(plain, countOf(some)));
  const evidence = kept([
    ...found.map(({ what, weight, pattern }) => ({ fact: `${what}: "${cut(pattern.exec(text)?.[0] ?? '')}"`, weight })),
    ...shifted.map(([, some]) => ({
      fact: `${conditionsInWords(some[0]!.conditions)} ${inWords(countOf(some))}, otherwise ${inWords(plain)}`,
      weight: DECIDES,
    })),
  ]);
  const what = found[0]?.what ?? 'the clock or time zone matters';
  return { kind: 'environment', summary: `It is the machine the test ran on: ${what}.`, prior: PRIOR.environment, evidence };
}

const DUPLICATE =
  /\b23505\b|\b1062\b|E11000|duplicate key|unique constraint|UNIQUE constraint|already (?:exists|registered|taken|in use)|\bconflict\b/i;

function dataLeftBehind({ attempt, message, request, result }: FailureFacts, { attempts, before }: Circumstances): Hypothesis | undefined {
  const alone = countOf(attempts, ({ conditions }) => conditions.isolated && conditions.order === undefined);
  const shared = countOf(attempts, ({ conditions }) => !conditions.isolated || conditions.order !== undefined);
  const inOrder = [
    ...groups(
      attempts.filter(({ conditions }) => conditions.order !== undefined),
      (each) => each.conditions.order?.sequence ?? '',
    ),
  ].filter(([, some]) => failsMore(countOf(some), alone));
  const more = moreThanExpected(attempt);
  const evidence = kept([
    ...inOrder.map(([, some]) => ({ fact: `after other tests ${inWords(countOf(some))}, alone ${inWords(alone)}`, weight: DECIDES })),
    inOrder.length === 0 &&
      alone.runs > 0 &&
      alone.failed === 0 &&
      shared.failed > 0 && { fact: `alone in a fresh process ${inWords(alone)}, beside other tests ${inWords(shared)}`, weight: SPEAKS },
    alone.failed > 0 && { fact: `alone in a fresh process ${inWords(alone)} as well`, weight: -SPEAKS },
    (request?.status === 409 || DUPLICATE.test(message)) && {
      fact:
        request?.status === 409
          ? `${request.method} was answered with 409, as for what is there already`
          : 'something with the same unique value is there already',
      weight: STRONG,
    },
    more !== undefined && { fact: more, weight: LEANS },
    before.runs > 0 &&
      before.failed > 0 &&
      before.failed < before.runs && { fact: `in earlier runs it failed ${before.failed} of ${before.runs} times`, weight: 0.3 },
    result.decision?.base !== undefined &&
      result.decision.base.failed === 0 &&
      result.decision.base.runs > 0 && { fact: 'the base revision passed on the same data', weight: -LEANS },
  ]);
  return {
    kind: 'data_left_behind',
    summary: 'It meets data or state that another test, or an earlier run, left behind.',
    prior: PRIOR.data_left_behind,
    evidence,
  };
}

/** `expected 3, got 5`: more than there should be, as when the list holds what others made. */
function moreThanExpected(attempt: Attempt | undefined): string | undefined {
  const { expected, actual } = attempt?.failure ?? {};
  if (expected === undefined || actual === undefined || !/^\d{1,9}$/.test(expected) || !/^\d{1,9}$/.test(actual)) return undefined;
  const isStatus = (text: string): boolean => /^[1-5]\d\d$/.test(text);
  return Number(actual) > Number(expected) && !(isStatus(expected) && isStatus(actual))
    ? `there are more than expected: ${actual} for ${expected}`
    : undefined;
}

function flaky({ result, test }: FailureFacts, { attempts, before }: Circumstances): Hypothesis | undefined {
  const { decision } = result;
  const pattern = test?.metadata.prior?.patterns?.toSorted((a, b) => b.probability - a.probability)[0];
  const plain = countOf(
    attempts,
    ({ conditions }) => conditions.cpuStress === undefined && conditions.latencyMs === undefined && conditions.randomSeed === undefined,
  );
  const stressed = [
    ...groups(
      attempts.filter(
        ({ conditions }) => conditions.cpuStress !== undefined || conditions.latencyMs !== undefined || conditions.randomSeed !== undefined,
      ),
    ),
  ].filter(([, some]) => failsMore(countOf(some), plain));
  const all = countOf(attempts);
  const evidence = kept([
    decision?.flakiness && {
      fact: `P(flaky) is ${decision.flakiness.probability.toFixed(2)}: ${inWords({ runs: decision.runs, failed: decision.failed })}, rate ${percent(decision.flakiness.low)} to ${percent(decision.flakiness.high)}`,
      weight: bounded(logit(decision.flakiness.probability), 4) - PRIOR.flaky,
    },
    !decision?.flakiness && result.status === 'flaky' && { fact: result.reason, weight: STRONG + SPEAKS },
    !decision?.flakiness && all.failed === all.runs && all.runs > 1 && { fact: `${inWords(all)}: it fails each time`, weight: -SPEAKS },
    decision?.intermittent === true && {
      fact: 'the base revision does not fail like that: an intermittent fault of the product',
      weight: -STRONG,
    },
    decision?.base !== undefined &&
      decision.base.failed > 0 &&
      decision.base.failed < decision.base.runs && { fact: `on the base revision ${inWords(decision.base)} too`, weight: SPEAKS },
    ...stressed.map(([, some]) => ({
      fact: `${conditionsInWords(some[0]!.conditions)} ${inWords(countOf(some))}, otherwise ${inWords(plain)}`,
      weight: STRONG,
    })),
    pattern !== undefined && {
      fact: `line ${pattern.line} of the test has the pattern ${pattern.pattern} (${pattern.probability.toFixed(2)})`,
      weight: pattern.probability,
    },
    before.failed > 0 &&
      before.failed < before.runs && { fact: `in earlier runs it failed ${before.failed} of ${before.runs} times`, weight: SPEAKS },
  ]);
  const file = test?.module;
  return {
    kind: 'flaky',
    summary: `The test does not give the same answer each time${pattern ? `, likely by ${pattern.pattern.replaceAll('_', ' ')} at line ${pattern.line}` : ''}.`,
    ...(file !== undefined && { file }),
    ...(pattern && { line: pattern.line }),
    prior: PRIOR.flaky,
    evidence,
  };
}

function dependency({ request, class: kind, message, attempt }: FailureFacts, { ownHosts }: Circumstances): Hypothesis | undefined {
  const host = request && URL.canParse(request.url) ? new URL(request.url).host : undefined;
  const foreign = host !== undefined && ownHosts.size > 0 && !ownHosts.has(host) && !/^(?:localhost|127\.|\[::1\])/.test(host);
  const text = `${message}\n${attempt?.failure?.code ?? ''}\n${request?.responseBody ?? ''}`;
  const evidence = kept([
    foreign && { fact: `the request went to ${host}, which is none of the project's services`, weight: STRONG + LEANS },
    foreign &&
      (request?.status === null || (request?.status ?? 0) >= 500) && {
        fact: `${host} gave ${request?.status ?? request?.error ?? 'no answer'}`,
        weight: SPEAKS,
      },
    kind === 'database' &&
      /ECONN|terminat|too many (?:connections|clients)|53300|57P0\d|08\d{3}|shutting down/i.test(text) && {
        fact: 'the database could not be reached or refused more connections',
        weight: DECIDES,
      },
    (request?.status === 502 || request?.status === 504) && {
      fact: `${request.status}: something behind the service did not answer`,
      weight: STRONG,
    },
    /upstream|third.party|bad gateway|gateway time/i.test(text) && {
      fact: 'the answer speaks of what lies behind the service',
      weight: SPEAKS,
    },
  ]);
  return {
    kind: 'dependency',
    summary: `Something that the service depends on failed${foreign ? `: ${host}` : ''}.`,
    prior: PRIOR.dependency,
    evidence,
  };
}

const OWN_FAULT =
  /^(?:\w*\.)?(?:TypeError|ReferenceError|SyntaxError|RangeError|NameError|AttributeError|KeyError|ImportError|IndentationError)\b|is not (?:a function|defined|iterable)|Cannot (?:read|set) propert/;

function testCode(
  { attempt, message, test, result, request }: FailureFacts,
  { changed, since, testFiles, everPassed, before }: Circumstances,
): Hypothesis | undefined {
  const failure = attempt?.failure;
  const own = changed?.filter(({ path }) => testFiles.has(path)) ?? [];
  const [nearest] = own.toSorted((a, b) => (testFiles.get(a.path) ?? 0) - (testFiles.get(b.path) ?? 0));
  const failingLine = failure?.line;
  const hitsLine = own.some(
    ({ path, added }) =>
      path === failure?.file && failingLine !== undefined && added.some(({ from, to }) => from <= failingLine && failingLine <= to),
  );
  const ownFault = OWN_FAULT.test(message) && (failure?.class === 'other' || failure?.class === 'assertion');
  const answeredWell = request === undefined || (request.status !== null && request.status < 400);
  const evidence = kept([
    nearest !== undefined && { fact: `${nearest.path} of the test changed since ${since}`, weight: STRONG },
    hitsLine && { fact: `the failing line ${failingLine} is one of those that changed`, weight: SPEAKS },
    nearest === undefined &&
      changed !== undefined &&
      test !== undefined && { fact: `neither the test nor what it imports changed since ${since}`, weight: -SPEAKS },
    ownFault && {
      fact: `"${cut(message)}" was thrown by code of the test itself${answeredWell ? ', whose requests were answered' : ''}`,
      weight: answeredWell ? STRONG : LEANS,
    },
    !everPassed &&
      before.runs > 0 &&
      before.failed === before.runs && { fact: `it never passed: ${inWords(before)} before`, weight: SPEAKS },
    !everPassed && before.runs === 0 && { fact: 'no pass of it is known', weight: LEANS },
    result.decision?.label === 'broken' && { fact: 'it fails on the base revision as well', weight: LEANS },
  ]);
  const commit = nearest?.commits[0];
  const line = nearest && nearest.path !== failure?.file ? nearest.added[0]?.from : failingLine;
  const file = nearest?.path ?? failure?.file ?? test?.module;
  return {
    kind: 'test_code',
    summary: nearest ? `The test itself changed (${nearest.path}) and expects something else now.` : 'The test itself is wrong.',
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(commit && { commit: commit.hash }),
    prior: PRIOR.test_code,
    evidence,
  };
}

function groups(
  attempts: readonly Attempt[],
  key: (attempt: Attempt) => string = ({ conditions }) => conditionsKey(conditions),
): Map<string, Attempt[]> {
  const found = new Map<string, Attempt[]>();
  for (const attempt of attempts) found.set(key(attempt), [...(found.get(key(attempt)) ?? []), attempt]);
  return found;
}

function logit(probability: number): number {
  return Math.log(Math.max(1e-6, probability) / Math.max(1e-6, 1 - probability));
}

function bounded(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function cut(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}...` : text;
}
