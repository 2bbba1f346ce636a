import type { Random } from './random';

/** Seeds of labs that thresholds may be tuned on, and of those that figures are measured on. */
const LAST_TUNING_SEED = 99;
const FIRST_MEASURING_SEED = 1001;

/** Which shapes, words and layouts a lab may use. `measuring` uses those that `tuning` never shows, beside the common ones. */
export type LabSet = 'tuning' | 'measuring';

export function setOf(seed: number): LabSet {
  if (Number.isInteger(seed) && seed >= 1 && seed <= LAST_TUNING_SEED) return 'tuning';
  if (Number.isInteger(seed) && seed >= FIRST_MEASURING_SEED) return 'measuring';
  throw new RangeError(`seed ${seed} is neither for tuning (1..${LAST_TUNING_SEED}) nor for measuring (${FIRST_MEASURING_SEED} and above)`);
}

/** One kind of thing that a service keeps, such as orders of shops. */
export interface Resource {
  readonly service: string;
  /** Path and table: `orders`. */
  readonly many: string;
  readonly one: string;
  /** The field with a number. */
  readonly amount: string;
  readonly open: string;
  readonly closed: string;
  /** The word for closing: `close`. */
  readonly close: string;
}

export interface ServiceWords {
  readonly name: string;
  /** What each test gets one of: `shops`. */
  readonly spaces: string;
  readonly space: string;
  readonly resources: readonly Resource[];
}

export interface Layout {
  /** Where a part of a resource's source stands, below `src`. */
  file(part: SourcePart, resource: Pick<Resource, 'many' | 'one'>): string;
}

const SOURCE_PARTS = ['routes', 'store', 'rules', 'listing', 'totals', 'pricing', 'views'] as const;
export type SourcePart = (typeof SOURCE_PARTS)[number];

interface Words {
  readonly services: readonly {
    readonly name: string;
    readonly spaces: string;
    readonly space: string;
    readonly resources: readonly (readonly [string, string])[];
  }[];
  readonly amounts: readonly string[];
  readonly states: readonly (readonly [open: string, closed: string, close: string])[];
  readonly layouts: readonly Layout[];
  /** Of modules, whatever they are about: a name must not tell what is planted. */
  readonly topics: readonly string[];
}

const WORDS: Record<LabSet, Words> = {
  tuning: {
    services: [
      {
        name: 'shop',
        spaces: 'shops',
        space: 'shop',
        resources: [
          ['orders', 'order'],
          ['customers', 'customer'],
          ['coupons', 'coupon'],
          ['parcels', 'parcel'],
          ['invoices', 'invoice'],
          ['refunds', 'refund'],
        ],
      },
      {
        name: 'library',
        spaces: 'branches',
        space: 'branch',
        resources: [
          ['loans', 'loan'],
          ['books', 'book'],
          ['members', 'member'],
          ['fines', 'fine'],
          ['holds', 'hold'],
          ['shelves', 'shelf'],
        ],
      },
      {
        name: 'kitchen',
        spaces: 'venues',
        space: 'venue',
        resources: [
          ['dishes', 'dish'],
          ['menus', 'menu'],
          ['tables', 'table'],
          ['guests', 'guest'],
          ['suppliers', 'supplier'],
          ['recipes', 'recipe'],
        ],
      },
    ],
    amounts: ['amount', 'price', 'total'],
    states: [
      ['open', 'closed', 'close'],
      ['active', 'archived', 'archive'],
      ['pending', 'done', 'finish'],
    ],
    layouts: [{ file: (part, { many }) => `${many}/${part}.js` }, { file: (part, { many }) => `${many}/${many}-${part}.js` }],
    topics: ['flow', 'basic', 'detail', 'case', 'path', 'check', 'rules', 'state', 'entry', 'usage'],
  },
  measuring: {
    services: [
      {
        name: 'clinic',
        spaces: 'wards',
        space: 'ward',
        resources: [
          ['visits', 'visit'],
          ['patients', 'patient'],
          ['prescriptions', 'prescription'],
          ['referrals', 'referral'],
          ['rooms', 'room'],
          ['scans', 'scan'],
        ],
      },
      {
        name: 'fleet',
        spaces: 'depots',
        space: 'depot',
        resources: [
          ['vehicles', 'vehicle'],
          ['trips', 'trip'],
          ['drivers', 'driver'],
          ['tolls', 'toll'],
          ['repairs', 'repair'],
          ['fuelings', 'fueling'],
        ],
      },
      {
        name: 'campus',
        spaces: 'faculties',
        space: 'faculty',
        resources: [
          ['courses', 'course'],
          ['exams', 'exam'],
          ['theses', 'thesis'],
          ['grants', 'grant'],
          ['seminars', 'seminar'],
          ['labs', 'lab'],
        ],
      },
      {
        name: 'harbour',
        spaces: 'terminals',
        space: 'terminal',
        resources: [
          ['vessels', 'vessel'],
          ['berths', 'berth'],
          ['cargoes', 'cargo'],
          ['pilots', 'pilot'],
          ['permits', 'permit'],
          ['cranes', 'crane'],
        ],
      },
    ],
    amounts: ['points', 'weight', 'cost', 'level'],
    states: [
      ['draft', 'final', 'submit'],
      ['running', 'stopped', 'stop'],
      ['free', 'taken', 'claim'],
    ],
    layouts: [
      { file: (part, { many }) => `${part}/${many}.js` },
      { file: (part, { one }) => `${part === 'routes' ? 'http' : 'domain'}/${one}.${part}.js` },
    ],
    topics: ['scenario', 'story', 'handling', 'outcome', 'steps', 'sample', 'round', 'variant', 'process', 'matter'],
  },
};

export interface Vocabulary {
  readonly services: readonly ServiceWords[];
  readonly layout: Layout;
  readonly topics: readonly string[];
}

/** Enough services and resources for `tests` tests: about a dozen of a resource. */
export function chooseVocabulary(set: LabSet, tests: number, random: Random): Vocabulary {
  const words = WORDS[set];
  const wanted = Math.min(18, Math.max(2, Math.ceil(tests / 12)));
  const services: ServiceWords[] = [];
  let left = wanted;
  for (const service of random.shuffled(words.services)) {
    if (left <= 0) break;
    const resources = random
      .shuffled(service.resources)
      .slice(0, left)
      .map(([many, one]): Resource => {
        const [open, closed, close] = random.pick(words.states);
        return { service: service.name, many, one, amount: random.pick(words.amounts), open, closed, close };
      });
    left -= resources.length;
    services.push({ name: service.name, spaces: service.spaces, space: service.space, resources });
  }
  return { services, layout: random.pick(words.layouts), topics: words.topics };
}
