import type { Detection, TestCase } from '@testimony/contracts';
import { median } from '../statistics/median';
import { affinityGroups } from './affinity';
import type { Attempts } from './attempts';
import type { PatternPrior } from './belief';
import { conclude, type Polluter } from './conclude';
import { menu, type Choice } from './menu';
import { ordersOf, withNeeds } from './orders';
import { findPolluters } from './polluter';
import { ALONE, sequenceOf } from './setting';
import { settled, SETTLING_MS } from './settled';
import { isSure, newSubject, observe, observeCheck, openFailure, sums, worth, type Subject } from './subject';

export interface DetectRequest {
  readonly tests: readonly TestCase[];
  readonly patterns: ReadonlyMap<string, readonly PatternPrior[]>;
  /** Runs of a test on average: those of which reading says more, or which failed once, get more of them, up to `MOST_TIMES` as many. */
  readonly runsEach: number;
  readonly seed: number;
  readonly now: Date;
  readonly attempts: Attempts;
  /** Source of the tests, by test, where it could be read: tests that may share something are tried near each other. */
  readonly texts?: ReadonlyMap<string, string>;
  /** How long to wait between two looks whether a polluter's traces are gone; `SETTLING_MS` without it. */
  readonly settlingMs?: number;
  readonly signal?: AbortSignal;
  readonly tell?: (message: string) => void;
}

/** Each test of a group that may share something runs so often in a row in a lane of its own, while the others of its group do in theirs: single runs of some ms would hardly ever overlap. */
const ROWS_IN_COMPANY = 5;
/** Of a finding that a test shares something, for it and its group to be tried together. */
const SHARES = 0.2;
const FEWEST_RUNS_FOR_COMPANY = 8;
const MOST_TIMES = 4;
/** Of the runs, kept for checks that are owed and for naming polluters, so that a test costs no more on average than was asked for: they took 6 % on tuning labs. */
const KEPT_SHARE = 0.06;
/** Each test gets this share of its runs before any gets more than others. */
const FAIR_SHARE = 0.5;
/** Of the tests, the share that a later round takes: those of which a run tells most. Small enough to follow what is learned, large enough for few rounds. */
const LATER_SHARE = 0.34;
/** Two orders show every pair both ways; a second pair is for tests that clean up between polluter and victim. */
const MOST_SEQUENCES = 4;
/** Below this, a test has better uses for its runs than places in sequences. */
const FEWEST_RUNS_FOR_ORDERS = 4;
/** Tests of one sequence at most: it is one lane. */
const LONGEST_SEQUENCE = 200;
/** Runs of one victim while its polluter is searched for: a binary search over 200 tests takes some 20, two culprits up to three times that. */
const MOST_POLLUTER_RUNS = 60;
/** What a test may share with its group shows at once or not at all. */
const MATES_TRIES = 2;
/** Less information than this, in bits, is not worth a process. */
const WORTHLESS = 1e-4;

export interface Detected {
  readonly subject: Subject;
  readonly detection: Detection;
  /** What ran before the test when it failed in a sequence, and what of it is needed. */
  readonly pollution?: { readonly before: readonly string[]; readonly polluters: readonly string[] };
}

/** Tries the tests under conditions in rounds, one experiment a round: each time what is expected to tell most. */
export async function detectFlakes(request: DetectRequest): Promise<Detected[]> {
  const state = new Detecting(request);
  for (let round = 1; await state.round(round); round++);
  return state.conclude();
}

interface Search {
  readonly subject: Subject;
  readonly polluter?: Polluter;
  readonly polluters?: readonly string[];
}

interface Chosen {
  readonly subject: Subject;
  readonly choice: Choice;
  /** Of a check: the choice whose failure it settles. */
  readonly checked?: Choice;
}

class Detecting {
  private readonly subjects: Map<string, Subject>;
  private readonly byId: Map<string, TestCase>;
  private readonly groups: readonly (readonly string[])[];
  private sequences = 0;
  private wasInCompany = false;
  /** By test: what ran before it when it failed in a sequence. */
  private readonly failedAfter = new Map<string, readonly string[]>();

  constructor(private readonly request: DetectRequest) {
    this.byId = new Map(request.tests.map((test) => [test.id, test]));
    const texts = request.texts ?? new Map<string, string>();
    this.groups = affinityGroups(new Map(request.tests.map(({ id }) => [id, texts.get(id) ?? ''])));
    this.subjects = new Map(request.tests.map((test) => [test.id, newSubject(test, request.patterns.get(test.id) ?? [])]));
  }

  async round(round: number): Promise<boolean> {
    if (this.request.attempts.left() <= 0) return false;
    // A check is owed even where the runs are spent: a failure that waits for it says nothing.
    const isSpent = this.left() <= 0;
    const most = MOST_TIMES * this.request.runsEach;
    const open = [...this.subjects.values()].filter(
      (subject) => openFailure(subject) || (!isSpent && !isSure(subject) && subject.runs < most),
    );
    if (open.length === 0) return false;
    if (this.isTimeForSequence(round, open)) return this.sequenceRound(open);
    if (!this.wasInCompany && this.sequences >= 2 && this.request.runsEach >= FEWEST_RUNS_FOR_COMPANY) {
      this.wasInCompany = true;
      if (await this.companyRound()) return true;
    }
    return this.singleRound(round, open);
  }

  /** Tests that may share something, side by side. */
  private async companyRound(): Promise<boolean> {
    const { attempts, tell } = this.request;
    const groups = this.groups.filter((group) => group.length > 1 && group.some((id) => this.mayShare(id)));
    const lanes = groups.flatMap((group) =>
      group.flatMap((id) => {
        const subject = this.subjects.get(id);
        // One that needs others would have to bring them along each time.
        if (!subject || subject.test.dependencies.length > 0) return [];
        return [sequenceOf(Array<string>(ROWS_IN_COMPANY).fill(id), `company-${id}`, { isolated: false })];
      }),
    );
    if (lanes.length < 2 || lanes.length * ROWS_IN_COMPANY > attempts.left()) return false;
    tell?.(`${lanes.length} tests beside those that they may share something with`);
    for (const lane of await attempts.run('Does any test fail for what runs beside it?', lanes)) {
      for (const outcome of lane) {
        const subject = this.subjects.get(outcome.testId);
        if (subject)
          this.subjects.set(
            outcome.testId,
            observe(subject, { slot: 'in company', kind: 'crowd', conditions: outcome.conditions }, outcome),
          );
      }
    }
    return true;
  }

  private mayShare(id: string): boolean {
    const { patterns = [] } = this.subjects.get(id) ?? {};
    return patterns.some(({ pattern, probability }) => probability >= SHARES && pattern === 'shared_resource');
  }

  private isTimeForSequence(round: number, open: readonly Subject[]): boolean {
    if (this.subjects.size < 2 || this.sequences >= MOST_SEQUENCES || this.request.runsEach < FEWEST_RUNS_FOR_ORDERS) return false;
    // The first pair is due after one run of each alone, whatever is believed: no reading shows that a test is some other one's victim.
    if (this.sequences < 2) return round > 1;
    const single = mean(open.map((subject) => Math.max(0, ...this.options(subject, round).map((choice) => worth(subject, choice)))));
    return mean(open.map((subject) => worth(subject, { slot: `sequence ${this.sequences}`, kind: 'sequence' }))) > single;
  }

  private async singleRound(round: number, open: readonly Subject[]): Promise<boolean> {
    const chosen = open.flatMap((subject): Chosen[] => {
      const checked = openFailure(subject);
      if (checked?.check) return [{ subject, choice: checked.check, checked }];
      const best = this.best(subject, round);
      return best ? [{ subject, choice: best }] : [];
    });
    if (chosen.length === 0) return false;
    const affordable = this.worthiest(chosen).slice(0, this.request.attempts.left());
    this.request.tell?.(
      `round ${round}: ${affordable.length} ${affordable.length === 1 ? 'test' : 'tests'}, ${summary(affordable.map(({ choice }) => choice.slot))}`,
    );
    const lanes = affordable.map(({ subject, choice }) => this.laneOf(subject, choice, round));
    const outcomes = await this.request.attempts.run(`Which of ${this.subjects.size} tests are flaky (round ${round})?`, lanes);
    affordable.forEach(({ subject, choice, checked }, i) => {
      const outcome = outcomes[i]?.at(-1);
      if (!outcome) return;
      this.subjects.set(subject.test.id, checked ? observeCheck(subject, checked, outcome) : observe(subject, choice, outcome));
    });
    return true;
  }

  /** Of the runs of all tests together, but for what checks and the search for polluters will take. */
  private left(): number {
    return (
      Math.ceil(this.request.runsEach * this.subjects.size * (1 - KEPT_SHARE)) -
      [...this.subjects.values()].reduce((sum, { runs }) => sum + runs, 0)
    );
  }

  /** What a round spends its runs on: once all had a fair share, on those tests of which another run tells most. */
  private worthiest(chosen: readonly Chosen[]): readonly Chosen[] {
    const fair = this.request.runsEach * FAIR_SHARE;
    if (chosen.some(({ subject }) => subject.runs < fair)) return chosen.filter(({ subject, checked }) => checked || subject.runs < fair);
    const bits = ({ subject, choice, checked }: Chosen): number => (checked ? Number.POSITIVE_INFINITY : worth(subject, choice));
    const most = Math.min(this.left(), Math.ceil(this.subjects.size * LATER_SHARE));
    return chosen.toSorted((a, b) => bits(b) - bits(a)).slice(0, Math.max(1, most));
  }

  private best(subject: Subject, round: number): Choice | undefined {
    let best: { choice: Choice; bits: number } | undefined;
    for (const choice of this.options(subject, round)) {
      const bits = worth(subject, choice);
      if (bits > (best?.bits ?? WORTHLESS)) best = { choice, bits };
    }
    return best?.choice;
  }

  private options(subject: Subject, round: number): Choice[] {
    return menu(this.request.now, durationOf(subject), this.request.seed + round);
  }

  /** A test that needs others runs after them, in one lane. */
  private laneOf(subject: Subject, choice: Choice, round: number) {
    const needs = withNeeds(subject.test.id, this.byId);
    if (needs.length <= 1) return [{ testId: subject.test.id, conditions: choice.conditions }];
    return sequenceOf(needs, `needs-${round}-${subject.test.id}`, choice.conditions);
  }

  private async sequenceRound(open: readonly Subject[]): Promise<boolean> {
    const { seed, attempts } = this.request;
    const pair = seed + (this.sequences >> 1);
    const forwards = this.sequences % 2 === 0;
    const slot = `sequence ${this.sequences}`;
    const isFirstPair = this.sequences < 2;
    this.sequences += 1;
    const groups = groupsOf(this.request.tests, pair);
    const lanes = groups.map((group, i) => {
      // What may share something stands together at first; the second pair is as it falls.
      const inGroup = new Set(group.map(({ id }) => id));
      const together = this.groups.map((ids) => ids.filter((id) => inGroup.has(id))).filter((ids) => ids.length > 0);
      const orders = ordersOf(group, pair, isFirstPair ? together : undefined);
      const sequence = `${forwards ? 'shuffled' : 'reversed'}-${pair}-${i}`;
      return sequenceOf(forwards ? orders.forwards : orders.backwards, sequence, { isolated: false }, forwards ? pair : undefined);
    });
    const size = lanes.reduce((sum, lane) => sum + lane.length, 0);
    if (size > attempts.left()) return this.singleRound(1 + this.sequences, open);
    this.request.tell?.(`all ${this.subjects.size} tests in the order shuffled with seed ${pair}${forwards ? '' : ', reversed'}`);
    const outcomes = await attempts.run('Does any test fail for what ran before it?', lanes);
    for (const lane of outcomes) {
      lane.forEach((outcome, place) => {
        const subject = this.subjects.get(outcome.testId);
        if (!subject) return;
        this.subjects.set(outcome.testId, observe(subject, { slot, kind: 'sequence', conditions: outcome.conditions }, outcome));
        if (outcome.outcome === 'failed' && place > 0 && !this.failedAfter.has(outcome.testId)) {
          this.failedAfter.set(
            outcome.testId,
            lane.slice(0, place).map(({ testId }) => testId),
          );
        }
      });
    }
    return true;
  }

  async conclude(): Promise<Detected[]> {
    const detected: Detected[] = [];
    for (const subject of this.subjects.values()) {
      const search = await this.searchFor(subject);
      const after = search?.subject ?? subject;
      const pollution = search?.polluters && search.before ? { before: search.before, polluters: search.polluters } : undefined;
      detected.push({ subject: after, detection: conclude(after, search?.polluter), ...(pollution && { pollution }) });
    }
    return detected;
  }

  /** Those that a failing test may share something with first, all of them before it; then, if it failed in company only, whatever ran before it. */
  private async searchFor(subject: Subject): Promise<(Search & { readonly before: readonly string[] }) | undefined> {
    const before = this.failedAfter.get(subject.test.id);
    if (!this.mayBeVictim(subject, before)) return undefined;
    const mates = (this.groups.find((group) => group.includes(subject.test.id)) ?? []).filter((id) => id !== subject.test.id);
    let latest: Search = { subject };
    if (mates.length > 0) {
      latest = await this.search(subject, mates, MATES_TRIES);
      if (latest.polluter) return { ...latest, before: mates };
    }
    if (!before || !this.isWorthSearching(subject)) return { ...latest, before: mates };
    return { ...(await this.search(latest.subject, before)), before };
  }

  /** It failed, and among what may be the reason is what another test left: shown by its place in an order, or by its source. */
  private mayBeVictim(subject: Subject, before: readonly string[] | undefined): boolean {
    const { failed, passed } = sums(subject);
    if (failed === 0 || passed === 0) return false;
    return (
      before !== undefined ||
      subject.patterns.some(
        ({ pattern, probability }) => probability >= SHARES && (pattern === 'leaked_state' || pattern === 'shared_resource'),
      )
    );
  }

  /** It failed in company only: what fails by itself as well has another cause. */
  private isWorthSearching({ seen }: Subject): boolean {
    const isTogether = ({ setting }: Subject['seen'][number]): boolean => setting.kind === 'sequence' || setting.kind === 'crowd';
    return (
      seen.some((one) => !isTogether(one) && one.outcome === 'passed') &&
      !seen.some((one) => !isTogether(one) && one.counts === 'yes' && one.outcome === 'failed')
    );
  }

  private async search(subject: Subject, before: readonly string[], tries?: number): Promise<Search> {
    const { attempts } = this.request;
    const { test } = subject;
    this.request.tell?.(`what makes ${test.name} fail, of the ${before.length} tests that ran before it`);
    let after = subject;
    let n = 0;
    const slot = 'sequence again';
    const runAlone = async (): Promise<boolean> => {
      n += 1;
      if (attempts.left() <= this.byId.size) return true;
      const [outcomes] = await attempts.run(`Does ${test.name} pass by itself again?`, [this.laneOf(after, ALONE, n + 10_000)]);
      return outcomes?.at(-1)?.outcome !== 'failed';
    };
    // The sequence in which it failed was not long ago.
    let isClean = false;
    const run = async (ids: readonly string[]): Promise<'passed' | 'failed' | undefined> => {
      if (!isClean && !(await settled(runAlone, this.request.settlingMs ?? SETTLING_MS, this.request.signal))) return undefined;
      if (ids.length + 1 > attempts.left()) return undefined;
      n += 1;
      const needs = new Set([...ids, ...withNeeds(test.id, this.byId)]);
      needs.delete(test.id);
      const lane = sequenceOf([...needs, test.id], `polluter-${test.id}-${n}`, { isolated: false });
      const [outcomes] = await attempts.run(`Which test makes ${test.name} fail?`, [lane]);
      const outcome = outcomes?.at(-1);
      if (!outcome || (outcome.outcome !== 'passed' && outcome.outcome !== 'failed')) return undefined;
      isClean = outcome.outcome === 'passed';
      // Only repetitions of the order that was seen to fail tell of the test's rate; the search's own choices do not.
      if (ids.length === 0 || ids.length === before.length)
        after = observe(
          after,
          {
            slot: ids.length === 0 ? 'first in a process' : slot,
            kind: ids.length === 0 ? 'alone' : 'sequence',
            conditions: outcome.conditions,
          },
          outcome,
        );
      return outcome.outcome;
    };
    const found = await findPolluters({ before, run, maxRuns: MOST_POLLUTER_RUNS, ...(tries !== undefined && { tries }) });
    if (found.kind === 'not-found') {
      this.request.tell?.(`${test.name}: no other test was found to make it fail, since ${found.reason}`);
      return { subject: after };
    }
    const names = found.polluters.map((id) => this.byId.get(id)?.name ?? id);
    const [first] = found.polluters;
    if (first === undefined) return { subject: after };
    return {
      subject: after,
      polluters: found.polluters,
      polluter: { testId: first, name: names.join(' and '), withIt: found.withIt, withoutIt: found.withoutIt },
    };
  }
}

/** Tests in as many sequences as their number makes necessary. */
function groupsOf(tests: readonly TestCase[], seed: number): TestCase[][] {
  const count = Math.ceil(tests.length / LONGEST_SEQUENCE);
  if (count === 1) return [[...tests]];
  // Tests of one service are likelier to share something.
  const sorted = tests.toSorted((a, b) => (a.service === b.service ? 0 : a.service < b.service ? -1 : 1));
  const size = Math.ceil(tests.length / count);
  const offset = seed % size;
  const rotated = [...sorted.slice(offset), ...sorted.slice(0, offset)];
  return Array.from({ length: count }, (_, i) => rotated.slice(i * size, (i + 1) * size));
}

function durationOf(subject: Subject): number {
  const passed = subject.seen.flatMap((one) => (one.outcome === 'passed' && one.attempt ? [one.attempt.durationMs] : []));
  return passed.length > 0 ? median(passed) : subject.test.estimatedDurationMs;
}

function summary(slots: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const slot of slots) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  return [...counts].map(([slot, count]) => `${slot} ${count}`).join(', ');
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
