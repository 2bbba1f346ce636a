import { failureRate, type Attempt, type RequestRecord } from '@testimony/contracts';
import { setTimeout as pause } from 'node:timers/promises';
import { chanceOfExcess } from '../statistics/fisher';
import type { Reproduction } from './reproduce';
import { countOf, tryRepeatedly, type Tries } from './tries';

/** Asks the system under test again what a test had asked it; undefined when that cannot be done. Nothing but GET is asked. */
export type AskAgain = (request: RequestRecord) => Promise<{ readonly status: number; readonly body: string } | undefined>;

/** A base that fails as rarely as head would with this chance does not differ from it. */
const CHANCE = 0.05;
const MOST_BASE_RUNS = 30;
/** A wrong value is asked for again so often and so long: what settles in a product that takes its time settles within seconds. */
const QUESTIONS = 6;
const BETWEEN_MS = 400;
/** Values are looked for so deep in an answer. */
const DEEPEST = 6;

/** Why the failure is the product's, in a sentence: it does not fail on the base revision, under the same conditions. Undefined when it does, or when there is no base. */
export async function differsFromBase(
  tries: Omit<Tries, 'question' | 'setting' | 'times' | 'width' | 'changes'>,
  reproduction: Reproduction,
): Promise<string | undefined> {
  const { setting, stressed } = reproduction;
  const question = `Does ${tries.test.name} fail on the base revision as well?`;
  const base = { ...tries, question, setting, width: 1, changes: { revision: 'base' } as const };
  const first = countOf(await tryRepeatedly({ ...base, times: 1 }));
  if (first.runs === 0 || first.failed > 0) return undefined;
  const { low } = failureRate(stressed);
  const times = Math.min(MOST_BASE_RUNS, Math.ceil(Math.log(CHANCE) / Math.log(1 - Math.min(Math.max(low, 0.05), 0.95))));
  const more = countOf(await tryRepeatedly({ ...base, times }));
  const there = { runs: first.runs + more.runs, failed: first.failed + more.failed };
  const chance = chanceOfExcess(stressed, there);
  if (chance > CHANCE) return undefined;
  return `it failed in ${stressed.failed} of ${stressed.runs} runs on head and in ${there.failed} of ${there.runs} under the same conditions on the base revision (chance ${chance.toPrecision(2)}): that is a regression of the product, and not the test's fault`;
}

/**
 * Why the failure is the product's, in a sentence: a wrong value came with status 200, and asked again the product goes on saying it, or
 * takes back the right one. A product that only takes its time says the right one before long, and stays with it. Undefined when it
 * settles, or when that cannot be seen.
 */
export async function staysWrong(attempt: Attempt, ask: AskAgain, signal?: AbortSignal): Promise<string | undefined> {
  const wrong = wrongValue(attempt);
  if (!wrong) return undefined;
  const answers: ('right' | 'wrong')[] = [];
  for (let i = 0; i < QUESTIONS; i++) {
    if (i > 0) await pause(BETWEEN_MS, undefined, { signal });
    const answer = await ask(wrong.request);
    if (!answer || answer.status !== 200) return undefined;
    const value = valueAt(parsed(answer.body), wrong.path);
    if (same(value, wrong.expected)) answers.push('right');
    else if (same(value, wrong.actual)) answers.push('wrong');
    // Something else happened to it meanwhile: the answer says nothing.
    else return undefined;
  }
  const { request, path } = wrong;
  const what = `${path.length > 0 ? `/${path.join('/')}` : 'the answer'} of ${request.method} ${new URL(request.url).pathname}`;
  if (answers.every((one) => one === 'wrong'))
    return `the product still says ${wrong.actual} for ${what}, asked ${QUESTIONS} times within ${((QUESTIONS - 1) * BETWEEN_MS) / 1000} s after the failure: it is not late but wrong`;
  if (answers.some((one, i) => one === 'wrong' && answers[i - 1] === 'right'))
    return `the product says now ${wrong.expected}, now ${wrong.actual} for ${what}: it does not settle`;
  return undefined;
}

interface WrongValue {
  readonly request: RequestRecord;
  readonly path: readonly string[];
  readonly expected: string;
  readonly actual: string;
}

/** Where in the last answers the wrong value stood, when the failure names one and it stands in one place only. */
export function wrongValue(attempt: Pick<Attempt, 'failure' | 'requests'>): WrongValue | undefined {
  const { failure } = attempt;
  if (!failure || failure.class !== 'assertion' || failure.expected === undefined || failure.actual === undefined) return undefined;
  const difference = differenceOf(parsed(failure.expected), parsed(failure.actual));
  if (!difference) return undefined;
  for (const request of attempt.requests.toReversed()) {
    if (request.method.toUpperCase() !== 'GET' || request.status !== 200 || request.responseBody === undefined) continue;
    const body = parsed(request.responseBody);
    const { expected, actual } = difference;
    // What was compared was the answer or a part of it: then the value stands at the same path, in the answer or below.
    if (difference.path.length > 0 && same(valueAt(body, difference.path), actual)) return { request, ...difference };
    const places = pathsOf(body, actual);
    const [path] = places;
    if (path && places.length === 1) return { request, path, expected, actual };
  }
  return undefined;
}

/** The first plain value that differs, of those that are expected; undefined when the difference is not one of plain values. */
function differenceOf(
  expected: unknown,
  actual: unknown,
  path: readonly string[] = [],
): Pick<WrongValue, 'path' | 'expected' | 'actual'> | undefined {
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null || path.length > DEEPEST) return undefined;
    for (const [key, child] of Object.entries(expected)) {
      const found = differenceOf(child, (actual as Record<string, unknown>)[key], [...path, key]);
      if (found) return found;
    }
    return undefined;
  }
  if (!isPlain(expected) || !isPlain(actual)) return undefined;
  const [wanted, got] = [bare(String(expected)), bare(String(actual))];
  return wanted === got ? undefined : { path, expected: wanted, actual: got };
}

/** `"paid"`, `'paid'` and `paid` are one value to a reader of an assertion. */
function bare(text: string): string {
  const trimmed = text.trim();
  return /^(["'`]).*\1$/s.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
}

function pathsOf(body: unknown, actual: string): string[][] {
  const found: string[][] = [];
  const visit = (value: unknown, path: string[]): void => {
    if (path.length > DEEPEST || found.length > 1) return;
    if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) visit(child, [...path, key]);
    } else if (same(value, actual)) {
      found.push(path);
    }
  };
  visit(body, []);
  return found;
}

function valueAt(body: unknown, path: readonly string[]): unknown {
  let value = body;
  for (const key of path) value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return value;
}

function same(value: unknown, text: string): boolean {
  return isPlain(value) && String(value) === text;
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    // Not JSON: as a whole it is one value.
    return body;
  }
}
