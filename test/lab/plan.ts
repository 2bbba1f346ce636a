import { FLAKE_PATTERNS, type FlakePattern } from '@testimony/contracts';
import { lookalikesFor, shapesFor } from './flaky/catalogue';
import type { FlakyShape, Planted, ShapeContext } from './flaky/shape';
import type { Random } from './random';
import type { Behaviour } from './service/behaviour';
import { BUGS, INTERMITTENT_FEATURES, MEASURING_FEATURES, FEATURES, type BugKind, type Feature } from './service/bugs';
import { featureSteps } from './tests/features';
import type { Language, ModuleParts } from './tests/module-text';
import { chooseStepStyle, writeSteps, type Step } from './tests/steps';
import type { Category, FlakyTruth } from './truth';
import type { LabSet, Resource, ServiceWords, Vocabulary } from './vocabulary';

/** Shares are of all tests, 0..1; the rest is healthy. */
export interface Mix {
  readonly tests: number;
  readonly flaky: number;
  readonly lookalikes: number;
  readonly regressions: number;
  readonly intermittent: number;
  readonly broken: number;
  readonly newFeature: number;
  /** Share of modules in Python, where a test can be written in it. */
  readonly python: number;
  /** Only these patterns are planted. */
  readonly patterns: readonly FlakePattern[];
  /** Plants each shape of the set once at this rate and once repaired, and each look-alike, instead of shares of `flaky` and `lookalikes`. */
  readonly everyShape?: number;
}

export const USUAL_MIX: Mix = {
  tests: 300,
  flaky: 0.08,
  lookalikes: 0.12,
  regressions: 0.04,
  intermittent: 0.01,
  broken: 0.01,
  newFeature: 0.007,
  python: 0.12,
  patterns: FLAKE_PATTERNS,
};

/** A test before it has a name and a file. `key` is what other planned tests call it. */
export interface PlannedTest {
  readonly key: string;
  readonly category: Category;
  readonly service: ServiceWords;
  readonly resource: Resource;
  readonly language: Language;
  readonly parts: ModuleParts;
  readonly files: Readonly<Record<string, string>>;
  readonly feature?: Feature;
  readonly looksLike?: FlakePattern;
  readonly shape?: string;
  readonly flaky?: Omit<FlakyTruth, 'line' | 'polluter' | 'rivals'> & { readonly polluter?: string; readonly rivals?: readonly string[] };
  readonly bug?: string;
  readonly broken?: string;
  /** The test was right on the base. */
  readonly brokenLater?: ModuleParts;
  readonly pollutes?: string;
  /** Same test without its flaw, for planted fixes. */
  readonly good?: { readonly parts: ModuleParts; readonly files: Readonly<Record<string, string>> };
}

interface PlannedBug {
  readonly id: string;
  readonly kind: BugKind;
  readonly resource: Resource;
}

export interface Plan {
  readonly tests: readonly PlannedTest[];
  readonly bugs: readonly PlannedBug[];
  readonly newFeature: readonly Resource[];
  /** service -> region -> behaviour */
  readonly regions: Readonly<Record<string, Record<string, Behaviour>>>;
  readonly seeds: Readonly<Record<string, Record<number, string>>>;
  readonly partner: Record<string, Behaviour>;
}

/** What a healthy test may wait: mean 4 ms of heavy-tailed latency, as any service has. */
const USUAL: Behaviour = { read: { kind: 'lognormal', median: 1, sigma: 0.8 }, write: { kind: 'lognormal', median: 1.5, sigma: 0.8 } };
const LOWEST_RATE = 0.01;
const HIGHEST_RATE = 0.6;
/** Of a measuring lab's flaky tests, written in shapes that tuning labs never show. */
const UNSEEN_SHARE = 0.8;
/** Of the look-alikes: flaky shapes that were repaired. */
const REPAIRED_SHARE = 0.55;
const BUG_TESTS = { least: 1, most: 3 };

export function planLab(vocabulary: Vocabulary, set: LabSet, mix: Mix, random: Random): Plan {
  const tests: PlannedTest[] = [];
  const regions: Record<string, Record<string, Behaviour>> = {};
  const seeds: Record<string, Record<number, string>> = {};
  const partner: Record<string, Behaviour> = {};
  const usedCodes = new Set<string>();
  const words = random.part('words');
  const all = vocabulary.services.flatMap((service) => service.resources.map((resource) => ({ service, resource })));
  for (const { name } of vocabulary.services) {
    regions[name] = { default: USUAL };
    seeds[name] = {};
  }
  const count = (share: number) => Math.round(share * mix.tests);
  const left = () => mix.tests - tests.length;

  /** A neutral code, for this behaviour. */
  const region = (service: string, behaviour: Behaviour): string => {
    let code: string;
    do code = `${words.pick(['r', 'k', 'm', 'z'])}${words.int(100, 999)}${words.pick(['a', 'b', 'c', 'd', 'e', 'f'])}`;
    while (usedCodes.has(code));
    usedCodes.add(code);
    (regions[service] as Record<string, Behaviour>)[code] = behaviour;
    return code;
  };
  let lastSpace = 40;
  const fixedSpace = (service: string, behaviour: Behaviour): number => {
    lastSpace += words.int(1, 9);
    (seeds[service] as Record<number, string>)[lastSpace] = region(service, behaviour);
    return lastSpace;
  };
  const language = (of: readonly Language[], from: Random): Language => {
    const scripts = of.filter((l) => l !== 'py');
    if (scripts.length === 0 || (of.includes('py') && from.next() < mix.python)) return 'py';
    return from.pick(scripts.includes('ts') ? (['ts', 'ts', ...scripts] as const) : scripts);
  };
  const steps = (
    key: string,
    category: Category,
    at: { service: ServiceWords; resource: Resource },
    feature: Feature,
    more: Partial<PlannedTest> = {},
    change: (steps: Step[]) => Step[] = (s) => s,
  ): PlannedTest => {
    const own = random.part(key);
    const lang = language(['ts', 'js', 'mjs', 'py'], own);
    const behaviour = INTERMITTENT_FEATURES.includes(feature)
      ? intermittentBehaviour(feature, category === 'intermittent' ? rateFrom(own, 0.08) : 0.3)
      : USUAL;
    const place = { spaces: at.service.spaces, space: at.service.space };
    const style = chooseStepStyle(own);
    const parts = writeSteps(
      change(featureSteps(feature, at.resource, place, own)),
      { ...place, region: region(at.service.name, behaviour) },
      lang,
      style,
    );
    return { key, category, ...at, language: lang, parts, files: {}, feature, ...more };
  };

  // Product bugs first: what they break is theirs alone.
  const taken = new Set<string>();
  const bugs: PlannedBug[] = [];
  const plain = FEATURES.filter(
    (f) => !INTERMITTENT_FEATURES.includes(f) && f !== 'history' && (set === 'measuring' || !MEASURING_FEATURES.includes(f)),
  );
  const kinds = BUGS.filter((b) => b.only === undefined || b.only === set);
  const plant = (features: readonly Feature[], wanted: number, category: 'regression' | 'intermittent', most: number): void => {
    const own = random.part(`bugs-${category}`);
    let missing = wanted;
    for (const at of own.shuffled(all.flatMap((a) => features.map((feature) => ({ ...a, feature }))))) {
      if (missing <= 0) return;
      const key = `${at.resource.many}/${at.feature}`;
      const possible = kinds.filter((b) => b.feature === at.feature);
      const unseen = possible.filter((b) => !bugs.some((planted) => planted.kind === b));
      const kind = own.pick(unseen.length > 0 ? unseen : possible);
      // Two bugs of one file are as likely as elsewhere, two of one feature are not told apart by anybody.
      if (taken.has(key)) continue;
      taken.add(key);
      const bug: PlannedBug = { id: `bug-${bugs.length + 1}`, kind, resource: at.resource };
      bugs.push(bug);
      for (let n = own.int(BUG_TESTS.least, Math.min(most, missing)); n > 0; n--, missing--)
        tests.push(steps(`${bug.id}-${n}`, category, at, at.feature, { bug: bug.id }));
    }
  };
  plant(plain, count(mix.regressions), 'regression', BUG_TESTS.most);
  plant(INTERMITTENT_FEATURES, count(mix.intermittent), 'intermittent', 1);

  const newFeature: Resource[] = [];
  for (let n = count(mix.newFeature); n > 0; n--) {
    const at = random.pick(all);
    if (!newFeature.includes(at.resource)) newFeature.push(at.resource);
    tests.push(steps(`new-${n}`, 'new_feature', at, 'history'));
  }

  const free = all.flatMap((at) =>
    plain.filter((feature) => !taken.has(`${at.resource.many}/${feature}`)).map((feature) => ({ ...at, feature })),
  );
  for (let n = count(mix.broken); n > 0; n--) {
    const own = random.part(`broken-${n}`);
    const at = own.pick(free.filter((f) => f.feature === 'read' || f.feature === 'summary' || f.feature === 'update'));
    const right = steps(`broken-${n}`, 'broken', at, at.feature, { broken: 'wrong_expectation' });
    const parts = brokenParts(right.parts, right.language, own);
    tests.push({ ...right, parts: parts.parts, broken: parts.kind, ...(own.next() < 0.5 ? { brokenLater: right.parts } : {}) });
  }

  // Flaky tests: patterns in turn, so that each is there; shapes at random.
  const shapes = shapesFor(set).filter((shape) => mix.patterns.includes(shape.pattern));
  const context = (own: Random, rate: number, fixedBehaviour?: Behaviour): { c: ShapeContext; at: (typeof all)[number] } => {
    const at = own.pick(all);
    return {
      at,
      c: {
        r: at.resource,
        spaces: at.service.spaces,
        space: at.service.space,
        rate,
        random: own,
        region: '',
        fixed: fixedSpace(at.service.name, fixedBehaviour ?? {}),
        unique: `${own.int(10_000, 99_999)}`,
        port: own.int(20_000, 29_999),
      },
    };
  };
  /** Writes once to learn the behaviour, then with the code of a region that has it. */
  const written = (
    shape: Pick<FlakyShape, 'write'>,
    own: Random,
    name: string,
    rate: number,
  ): { planted: Planted; at: (typeof all)[number] } => {
    const { c, at } = context(own, rate);
    const first = shape.write({ ...c, random: random.part(`${name}-shape`) });
    const code = region(at.service.name, first.behaviour ?? USUAL);
    if (first.partnerBehaviour) partner[code] = first.partnerBehaviour;
    if (first.fixedBehaviour)
      (regions[at.service.name] as Record<string, Behaviour>)[(seeds[at.service.name] as Record<number, string>)[c.fixed] as string] =
        first.fixedBehaviour;
    return { planted: shape.write({ ...c, region: code, random: random.part(`${name}-shape`) }), at };
  };
  const patterns = random.part('patterns').shuffled(mix.patterns);
  let flaky = 0;
  const plantFlaky = (key: string, own: Random, shape: FlakyShape, lang: Language, rate: number): void => {
    const { planted, at } = written(shape, own, key, rate);
    const rivals = (planted.rivals ?? []).map((_, i) => `${key}-rival-${i}`);
    const truth = {
      pattern: shape.pattern,
      shape: shape.name,
      designedRate: planted.ownRate ?? rate,
      circumstances: planted.circumstances,
    };
    const good = planted.good && !planted.rewritten && { parts: planted.good, files: planted.goodFiles ?? {} };
    const more = { category: 'flaky' as const, ...at, language: lang, files: planted.files ?? {} };
    const polluter = planted.polluters?.[0];
    tests.push({
      key,
      ...more,
      parts: planted.parts,
      shape: shape.name,
      flaky: { ...truth, ...(rivals.length > 0 ? { rivals } : {}), ...(polluter ? { polluter: `${key}-before` } : {}) },
      ...(good ? { good } : {}),
    });
    flaky += 1;
    for (const [i, parts] of (planted.rivals ?? []).entries()) {
      const rival = `${key}-rival-${i}`;
      tests.push({
        key: rival,
        ...more,
        parts,
        shape: shape.name,
        flaky: { ...truth, rivals: [key, ...rivals].filter((r) => r !== rival) },
      });
      flaky += 1;
    }
    if (polluter) tests.push({ key: `${key}-before`, ...more, category: 'healthy', parts: polluter, pollutes: key });
  };
  const plantLookalike = (
    key: string,
    own: Random,
    shape: Pick<FlakyShape, 'name' | 'pattern' | 'write'>,
    lang: Language,
    rate: number,
  ): void => {
    const { planted, at } = written(shape, own, key, rate);
    tests.push({
      key,
      category: 'lookalike',
      ...at,
      language: lang,
      parts: planted.parts,
      files: planted.files ?? {},
      looksLike: shape.pattern,
      shape: shape.name,
    });
  };
  const repaired = shapes.map((shape): FlakyShape => ({ ...shape, write: (c) => repairedOf(shape.write(c)) }));
  const alike = lookalikesFor(set)
    .filter((lookalike) => mix.patterns.includes(lookalike.pattern))
    .map((lookalike): FlakyShape => ({ ...lookalike, write: (c) => ({ ...lookalike.write(c), circumstances: [] }) }));

  if (mix.everyShape !== undefined) {
    const turn = (list: readonly Language[], n: number) => list[n % list.length] as Language;
    for (const [n, shape] of shapes.entries())
      plantFlaky(`flaky-${n}`, random.part(`flaky-${n}`), shape, turn(shape.languages, n), mix.everyShape);
    for (const [n, shape] of [...repaired, ...alike].entries())
      plantLookalike(`lookalike-${n}`, random.part(`lookalike-${n}`), shape, turn(shape.languages, n), mix.everyShape);
  }
  for (let n = 0; mix.everyShape === undefined && flaky < count(mix.flaky) && left() > 0; n++) {
    const own = random.part(`flaky-${n}`);
    const usable = shapes.filter((s) => s.pattern === patterns[n % patterns.length]);
    const lang = language(unique(usable.flatMap((s) => s.languages)), own);
    // Of a measuring lab most shapes are those that tuning has not seen.
    const candidates = usable.filter((s) => s.languages.includes(lang));
    const unseen = candidates.filter((s) => s.set === 'measuring');
    const shape = own.pick(set === 'measuring' && unseen.length > 0 && own.next() < UNSEEN_SHARE ? unseen : candidates);
    plantFlaky(`flaky-${n}`, own, shape, lang, rateFrom(own, LOWEST_RATE));
  }
  for (let n = mix.everyShape === undefined ? count(mix.lookalikes) : 0; n > 0 && left() > 0; n--) {
    const own = random.part(`lookalike-${n}`);
    const choices = (own.next() < REPAIRED_SHARE ? repaired : alike).filter((s) => s.pattern === patterns[n % patterns.length]);
    if (choices.length === 0) continue;
    const lang = language(unique(choices.flatMap((s) => s.languages)), own);
    plantLookalike(`lookalike-${n}`, own, own.pick(choices.filter((s) => s.languages.includes(lang))), lang, rateFrom(own, LOWEST_RATE));
  }

  const ordinary = [
    ...free,
    ...all.flatMap((at) =>
      INTERMITTENT_FEATURES.filter((feature) => !taken.has(`${at.resource.many}/${feature}`)).map((feature) => ({ ...at, feature })),
    ),
  ];
  for (let n = 0; left() > 0; n++) {
    const at = random.part(`healthy-${n}`).pick(ordinary);
    tests.push(steps(`healthy-${n}`, 'healthy', at, at.feature));
  }
  return { tests: random.part('order').shuffled(tests), bugs, newFeature, regions, seeds, partner };
}

function repairedOf(planted: Planted): Planted {
  return {
    parts: planted.good ?? planted.parts,
    files: planted.goodFiles ?? {},
    ...(planted.behaviour ? { behaviour: planted.behaviour } : {}),
    ...(planted.fixedBehaviour ? { fixedBehaviour: planted.fixedBehaviour } : {}),
    circumstances: [],
  };
}

/** Evenly over orders of magnitude: rare flakes are as common as frequent ones. */
function rateFrom(random: Random, lowest: number): number {
  return Math.round(1000 * Math.exp(Math.log(lowest) + random.next() * Math.log(HIGHEST_RATE / lowest))) / 1000;
}

/** What makes an intermittent bug show in about `rate` of the runs. The base is right under it too. */
function intermittentBehaviour(feature: Feature, rate: number): Behaviour {
  // Two writes that begin within about 2 ms of each other lose one of them: 2 * 2 / width, both drawn evenly over `width`.
  if (feature === 'concurrent_add') return { write: { kind: 'even', from: 0, to: Math.min(70, 4 / rate) } };
  // A read within the cache's 45 ms finds the old price, one after 60 ms does not. The read before is as slow, which does not matter.
  if (feature === 'cached_price') return { read: { kind: 'either', p: rate, slow: 1, quick: 60 } };
  return USUAL;
}

function brokenParts(parts: ModuleParts, language: Language, random: Random): { readonly parts: ModuleParts; readonly kind: string } {
  const kind = random.pick(['wrong_expectation', 'name_error', 'wrong_path']);
  const python = language === 'py';
  if (kind === 'wrong_path')
    return {
      kind,
      parts: {
        ...parts,
        body: `${parts.body}\n${python ? 'page.assert_status(page.get("/statistics/today"), 200) #@assert' : "page.assertStatus(await page.get('/statistics/today'), 200); //@assert"}`,
      },
    };
  if (kind === 'name_error')
    return {
      kind,
      parts: { ...parts, body: `${parts.body}\n${python ? 'verify_totals(page) #@assert' : 'verifyTotals(page); //@assert'}` },
    };
  return {
    kind,
    parts: {
      ...parts,
      body: `${parts.body}\n${python ? `assert page.get("/health").json() == {"ok": True, "version": ${random.int(2, 9)}} #@assert` : `page.assertJson(await page.get('/health'), { ok: true, version: ${random.int(2, 9)} }); //@assert`}`,
    },
  };
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)];
}
