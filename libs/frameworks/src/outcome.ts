import type { Failure } from '@testimony/contracts';
import { classifyAttempt } from '@testimony/failures';
import { classOfStatus } from '@testimony/page';
import type { ServiceTarget, TestOutcome, TestToRun } from './framework';
import { probe, probedUrl } from './probe';

/** Of a test that was not run: no answer about it. */
export function lostOutcome(key: string, reason: string): TestOutcome {
  return {
    key,
    outcome: 'lost',
    startedAt: new Date().toISOString(),
    durationMs: 0,
    reason,
    requests: [],
    logs: [],
    artifacts: [],
  };
}

/** What a session knows of a test that has ended, beside its outcome. */
export interface Finishing {
  readonly test: TestToRun;
  /** The services that were really asked, of the head or the base revision. */
  readonly services: Readonly<Record<string, ServiceTarget>>;
  /** Of a wire that stood in between: a text with the addresses that were really asked. */
  readonly shown?: (text: string) => string;
  /** The head's services: where the base is to be asked, an answer from one of them says nothing. */
  readonly head: Readonly<Record<string, ServiceTarget>>;
  /** The address that gave no answer, as the test knew it. */
  readonly unanswered?: string | undefined;
  /** Answers that the conditions' mutation changed. */
  readonly mutatedAnswers?: number | undefined;
}

function withTexts<T>(value: T, map: (text: string) => string): T {
  if (typeof value === 'string') return map(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => withTexts(item, map)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, unknown]) => [key, withTexts(item, map)])) as T;
}

const STATUS = /^[1-5]\d{2}$/;

/** What is read from words must be this sure to say more than that something failed: calibrated, one in ten of these is wrong. */
const SURE = 0.9;

/**
 * A comparison of two statuses, of which the one found is that of the latest answer, is an assertion on a status whoever wrote it. What an
 * error's code or our own page says is kept; where neither says more than that something failed, all that is known of it is read.
 */
function classOf(failure: Failure, { requests, logs }: TestOutcome): Failure['class'] {
  const { class: own, expected, actual } = failure;
  if (own === 'assertion' && expected !== undefined && actual !== undefined) {
    const onStatus = STATUS.test(expected) && STATUS.test(actual) && requests.at(-1)?.status === Number(actual);
    return onStatus ? classOfStatus(Number(actual)) : own;
  }
  if (own !== 'other') return own;
  const read = classifyAttempt(failure, requests, logs);
  return read.probability >= SURE ? read.class : own;
}

function originsOf(services: Finishing['services']): Set<string> {
  return new Set(Object.values(services).flatMap(({ baseUrl }) => (baseUrl === undefined ? [] : [new URL(baseUrl).origin])));
}

/** Why an attempt against the base says nothing about the base; undefined when it may be believed. */
function strayed({ requests, failure }: TestOutcome, { head, services }: Finishing): string | undefined {
  if (failure?.code === 'ERR_NO_BASE_URL') return `it asks a service of which the base revision has no address: ${failure.message}`;
  const known = originsOf(services);
  const wrong = [...originsOf(head)].find(
    (origin) => !known.has(origin) && requests.some(({ url }) => URL.canParse(url) && new URL(url).origin === origin),
  );
  return wrong === undefined ? undefined : `it asked ${wrong} by an address of its own, which is not the base revision`;
}

/**
 * The last step of every outcome, whatever framework it came from: addresses are those that were really asked, the failure gets its
 * class, and a failure without an answer its probe.
 */
export async function finishedOutcome(told: TestOutcome, finishing: Finishing): Promise<TestOutcome> {
  const { test, services, shown, unanswered, mutatedAnswers } = finishing;
  const { key } = told;
  const mapped = shown ? withTexts(told, shown) : told;
  const outcome = { ...mapped, key, ...(mutatedAnswers !== undefined && { mutatedAnswers }) };
  const reason = test.conditions.revision === 'base' ? strayed(outcome, finishing) : undefined;
  if (reason !== undefined) {
    const { failure: _failure, ...rest } = outcome;
    return { ...rest, outcome: 'lost', reason };
  }
  if (!outcome.failure) return outcome;
  const failure = { ...outcome.failure, class: classOf(outcome.failure, outcome) };
  const asked = unanswered === undefined || !shown ? unanswered : shown(unanswered);
  const url = failure.class === 'network' ? probedUrl(services, test.service, asked) : undefined;
  return { ...outcome, failure: url === undefined ? failure : { ...failure, probe: await probe(url) } };
}
