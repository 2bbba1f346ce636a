/** A failed attempt that may be one of an outage: nobody answered, or the system was unwell (5xx, no answer in time). */
export interface Symptom {
  readonly testId: string;
  readonly attempt: number;
  readonly service: string;
  readonly symptom: 'no-answer' | 'unwell';
  readonly shape: string | null;
  readonly origin: string | null;
  readonly beganAt: Date;
  readonly endedAt: Date;
  readonly setAside: boolean;
}

/** What a run saw of its system lately. */
export interface Recent {
  /** Newest first, against the head. */
  readonly symptoms: readonly Symptom[];
  /** By service, when the last attempt began that got an answer which was none of these: it passed, or failed on something else. */
  readonly wellAt: ReadonlyMap<string, Date>;
  /** Tests that had an attempt. */
  readonly tried: number;
  /** Another service of the run is away just now. */
  readonly othersAway?: boolean;
}

export interface Outage {
  readonly kind: Symptom['symptom'];
  readonly url: string;
  readonly services: readonly string[];
  readonly tests: number;
  readonly reason: string;
  /** When the first of its attempts began, by the worker's clock. */
  readonly since: Date;
  readonly symptoms: readonly Symptom[];
}

/** That nobody was there is certain for each of them: the probe found nobody either. Two may be one test's doing. */
const UNANSWERED_TESTS = 3;
/** Services go away together: behind one gateway, on one machine, in one restart. While one is away, less is needed to see the next. */
const UNANSWERED_TESTS_MEANWHILE = 2;

/**
 * Failures of an unwell system are an outage only when so many in a row would be a wonder otherwise: with the share of such failures before, a
 * row like this may come once in a million. The share begins as if one of five had been unwell, so that a run which meets only errors from its
 * beginning is no outage but a broken product.
 */
const WONDER = 1e-6;
const LEAST_IN_A_ROW = 4;
/** While another service is away: it is far likelier then, and to wait for a product that is well costs a second. */
const WONDER_MEANWHILE = 1e-3;
const LEAST_IN_A_ROW_MEANWHILE = 3;
const ASSUMED_TRIED = 5;
const ASSUMED_UNWELL = 1;
/** One endpoint that fails is the product; an outage takes several. */
const LEAST_SHAPES = 2;

/** Whether what was seen lately is one outage rather than many failures. */
export function outageIn(recent: Recent): Outage | undefined {
  return unansweredIn(recent) ?? unwellIn(recent);
}

function unansweredIn({ symptoms, wellAt, othersAway }: Recent): Outage | undefined {
  for (const url of origins(symptoms)) {
    const row = sinceWell(
      symptoms.filter((s) => s.symptom === 'no-answer' && originOf(s) === url && !s.setAside),
      wellAt,
    );
    const tests = new Set(row.map((s) => s.testId)).size;
    if (tests >= (othersAway ? UNANSWERED_TESTS_MEANWHILE : UNANSWERED_TESTS))
      return outageOf('no-answer', url, row, tests, `the system under test at ${url} did not answer ${tests} tests`);
  }
  return undefined;
}

function unwellIn({ symptoms, wellAt, tried, othersAway }: Recent): Outage | undefined {
  const [least, wonder] = othersAway ? [LEAST_IN_A_ROW_MEANWHILE, WONDER_MEANWHILE] : [LEAST_IN_A_ROW, WONDER];
  for (const url of origins(symptoms)) {
    const unwell = symptoms.filter((s) => originOf(s) === url);
    const row = sinceWell(
      unwell.filter((s) => !s.setAside),
      wellAt,
    );
    // Without an answer that was well, nothing tells an outage from a product that never worked.
    if (row.length === 0 || row.some((s) => !wellAt.has(s.service))) continue;
    const tests = new Set(row.map((s) => s.testId)).size;
    const before = new Set(unwell.filter((s) => !row.includes(s)).map((s) => s.testId)).size;
    const share = (before + ASSUMED_UNWELL) / (Math.max(tried - tests, before) + ASSUMED_TRIED);
    if (tests < least || new Set(row.map((s) => s.shape)).size < LEAST_SHAPES || share ** tests > wonder) continue;
    return outageOf('unwell', url, row, tests, `${tests} tests in a row met errors or no answer in time at ${url}, and none passed since`);
  }
  return undefined;
}

function origins(symptoms: readonly Symptom[]): Set<string> {
  return new Set(symptoms.map(originOf));
}

function originOf({ origin, service }: Symptom): string {
  return origin ?? service;
}

function sinceWell(symptoms: readonly Symptom[], wellAt: ReadonlyMap<string, Date>): Symptom[] {
  return symptoms.filter((s) => s.beganAt >= (wellAt.get(s.service) ?? new Date(0)));
}

function outageOf(kind: Outage['kind'], url: string, symptoms: readonly Symptom[], tests: number, reason: string): Outage {
  const since = new Date(Math.min(...symptoms.map((s) => s.beganAt.getTime())));
  return { kind, url, services: [...new Set(symptoms.map((s) => s.service))], tests, reason, since, symptoms };
}

/** A restart seldom takes less than a second, and each canary that comes too early is an attempt for nothing. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 8_000;

/** The pause before the next canary after so many found the system still away: short enough to go on soon after a restart, long enough to leave it alone. */
export function canaryPauseMs(made: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** made, LONGEST_PAUSE_MS);
}
