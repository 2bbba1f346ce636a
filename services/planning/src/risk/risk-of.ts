import type { Dto, Endpoint, Priority, RiskFactor } from '@testimony/contracts';
import type { FileChurn } from '../churn/churn-of';
import { accessWord, moneyWord } from './words';

/** What an earlier run of a test found. */
export interface TestHistory {
  /** Attempts that failed, of `runs` attempts in all. */
  readonly failures: number;
  readonly runs: number;
  readonly medianMs: number;
}

/** The words of a test that are looked at. */
export interface TestWords {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly tags: readonly string[];
}

/** What is known of a test besides its words. */
export interface RiskFacts {
  /** What the test is about: an endpoint of the manifest. */
  readonly subject?: Endpoint;
  /** The subject as the test calls it, where the manifest does not know it: `POST /orders`. */
  readonly call?: string;
  readonly subjectDto?: Dto;
  /** True when another call than the subject writes. */
  readonly preparesByWriting: boolean;
  /** Of the file that holds the subject. */
  readonly sourceChurn?: FileChurn;
  readonly testChurn?: FileChurn;
  readonly history?: TestHistory;
}

export interface Risk {
  /** 0..1: the sum of the factors' weights, cut at 1. */
  readonly risk: number;
  readonly factors: RiskFactor[];
}

// The weights are a judgement, not a measurement: what a mistake costs (money, access) weighs as much as how likely one is
// (churn, past failures), each a quarter; a write can spoil data, so it weighs more than half of that; the rest tips the scales.
// A later version may fit them to a project's own history.
export const WEIGHTS = {
  sourceChurn: 0.25,
  pastFailures: 0.25,
  money: 0.25,
  access: 0.25,
  write: 0.15,
  requiresAuth: 0.1,
  testChurn: 0.1,
  preparesByWriting: 0.05,
} as const;

/**
 * Where a priority begins. A write of money behind a login reaches high by itself and critical when it also changed lately or decides
 * about access; a read of money, or any write, is medium. On the shop of `samples/` this splits 50 tests into 20, 22, 4 and 4.
 */
const PRIORITY_FROM = { critical: 0.6, high: 0.4, medium: 0.15 } as const;

/** What a description, a tag or a field mentions is less surely what the test is about than what its path or name says. */
const MENTION = 0.5;

/** A test with fewer runs than this has no history to speak of: a rate of one run is 0 or 1. */
const MIN_RUNS = 2;
/** A factor that weighs less than this is not worth a line in the explanation. */
const MIN_WEIGHT = 0.005;

/** How much there is to lose when this test is run late, with the facts that say so. */
export function riskOf(test: TestWords, facts: RiskFacts): Risk {
  const factors = [
    ...churnFactors(facts),
    ...historyFactor(facts.history),
    ...writeFactors(facts),
    ...wordFactor('money', WEIGHTS.money, 'money is involved', moneyWord, test, facts),
    ...wordFactor('access', WEIGHTS.access, 'who may do what is involved', accessWord, test, facts),
    ...authFactor(facts.subject),
  ]
    .map((factor) => ({ ...factor, weight: round(factor.weight) }))
    .filter((factor) => factor.weight >= MIN_WEIGHT)
    .sort((a, b) => b.weight - a.weight || (a.factor < b.factor ? -1 : 1));
  return { risk: Math.min(1, round(factors.reduce((sum, { weight }) => sum + weight, 0))), factors };
}

export function priorityOf(risk: number): Priority {
  if (risk >= PRIORITY_FROM.critical) return 'critical';
  if (risk >= PRIORITY_FROM.high) return 'high';
  return risk >= PRIORITY_FROM.medium ? 'medium' : 'low';
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function churnFactors({ sourceChurn, testChurn }: RiskFacts): RiskFactor[] {
  const factor = (name: string, weight: number, churn: FileChurn | undefined): RiskFactor[] =>
    churn
      ? [
          {
            factor: name,
            weight: weight * churn.score,
            reason: `${churn.file} changed in ${counted(churn.commits, 'commit')} of the last ${churn.windowDays} days, ${churn.lines} lines`,
          },
        ]
      : [];
  return [...factor('source_churn', WEIGHTS.sourceChurn, sourceChurn), ...factor('test_churn', WEIGHTS.testChurn, testChurn)];
}

function historyFactor(history: TestHistory | undefined): RiskFactor[] {
  if (!history || history.runs < MIN_RUNS || history.failures === 0) return [];
  return [
    {
      factor: 'past_failures',
      // The root: a test that fails once in ten runs is worth a third of the weight already, not a tenth.
      weight: WEIGHTS.pastFailures * Math.sqrt(history.failures / history.runs),
      reason: `failed in ${history.failures} of ${counted(history.runs, 'earlier run')}`,
    },
  ];
}

const WRITES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** `METHOD /path` and `METHOD`; also what Express registers for all methods may write. */
export function isWrite(call: string): boolean {
  return WRITES.has(call.split(' ', 1)[0] ?? '');
}

function writeFactors(facts: RiskFacts): RiskFactor[] {
  const shown = facts.subject ? `${facts.subject.method} ${facts.subject.full_path}` : facts.call;
  if (shown !== undefined && isWrite(shown)) return [{ factor: 'write_operation', weight: WEIGHTS.write, reason: `${shown} changes data` }];
  return facts.preparesByWriting
    ? [{ factor: 'write_in_preparation', weight: WEIGHTS.preparesByWriting, reason: 'other calls of the test change data' }]
    : [];
}

/** The first place that holds such a word makes the factor; where more places do it weighs the same, for they say the same thing. */
function wordFactor(
  name: string,
  weight: number,
  meaning: string,
  wordIn: (text: string) => string | undefined,
  test: TestWords,
  facts: RiskFacts,
): RiskFactor[] {
  const { subject, call, subjectDto } = facts;
  const places: readonly (readonly [place: string, share: number, text: string])[] = [
    ['the path says', 1, subject?.full_path ?? call?.replace(/^\S+ /, '') ?? ''],
    ['the name says', 1, test.name],
    ['the file name says', 1, test.file.slice(test.file.lastIndexOf('/') + 1)],
    ['a tag says', MENTION, test.tags.join(' ')],
    ['the description says', MENTION, test.description],
    [
      'the endpoint says',
      MENTION,
      `${subject?.name.split('.').at(-1) ?? ''} ${subject?.description ?? ''} ${subject?.tags.join(' ') ?? ''}`,
    ],
    [`a field of ${subjectDto?.name ?? ''} says`, MENTION, subjectDto?.fields.map((field) => field.name).join(', ') ?? ''],
  ];
  for (const [place, share, text] of places) {
    const word = wordIn(text);
    if (word !== undefined) return [{ factor: name, weight: weight * share, reason: `${meaning}: ${place} "${word}"` }];
  }
  return [];
}

function authFactor(subject: Endpoint | undefined): RiskFactor[] {
  if (!subject?.requires_auth) return [];
  const roles = subject.auth_roles.length > 0 ? ` as ${subject.auth_roles.join(' or ')}` : '';
  return [
    { factor: 'requires_auth', weight: WEIGHTS.requiresAuth, reason: `${subject.method} ${subject.full_path} needs a login${roles}` },
  ];
}

function counted(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}
