// Words that the cases of all languages share: what is asked of the system, what goes wrong there, and the class that this has by convention.
// The class comes from the fault that is made, never from the text that comes out.

/** mulberry32 (Tommy Ettinger, public domain): small, seeded, good enough to choose with. */
export function randomness(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const pick = (list) => list[Math.floor(next() * list.length)];
  return {
    next,
    pick,
    chance: (p) => next() < p,
    shuffled: (list) =>
      list
        .map((value) => [next(), value])
        .sort((a, b) => a[0] - b[0])
        .map(([, value]) => value),
  };
}

/** Issue 4, item 6: a status assertion has the class of the status observed. */
export function classOfStatus(status) {
  if (status === 401) return 'authentication';
  if (status === 403) return 'authorization';
  if (status === 404) return 'not_found';
  if (status === 400 || status === 422) return 'validation';
  if (status === 405 || status === 409 || status === 429) return 'other';
  return status >= 500 ? 'server' : 'assertion';
}

/** Observed and expected statuses of one fault each. */
export const STATUS_PAIRS = [
  [401, 200],
  [401, 201],
  [401, 204],
  [401, 403],
  [401, 200],
  [403, 200],
  [403, 201],
  [403, 204],
  [403, 404],
  [403, 200],
  [404, 200],
  [404, 200],
  [404, 204],
  [404, 403],
  [404, 201],
  [400, 200],
  [400, 201],
  [422, 200],
  [422, 201],
  [400, 422],
  [422, 400],
  [500, 200],
  [500, 201],
  [500, 400],
  [502, 200],
  [503, 200],
  [504, 200],
  [500, 404],
  [500, 422],
  [405, 200],
  [409, 201],
  [429, 200],
  [409, 200],
  [429, 201],
  [200, 201],
  [200, 404],
  [200, 401],
  [200, 403],
  [201, 200],
  [204, 200],
  [302, 200],
  [410, 200],
  [415, 201],
  [418, 200],
  [200, 422],
  [201, 400],
  [402, 200],
];

/** Where the statuses that clients themselves throw for end. */
export const THROWN_STATUSES = [401, 401, 403, 403, 404, 404, 400, 422, 422, 500, 502, 503, 504, 405, 409, 429];

const RESOURCES = [
  'orders',
  'users',
  'payments',
  'carts',
  'login',
  'admin/reports',
  'sessions',
  'items',
  'invoices',
  'auth/token',
  'search',
  'validate',
  'health',
  'db/stats',
  'timeouts',
];
const NAMES = [
  'creates an order',
  'shows the cart',
  'lists payments',
  'an admin sees the report',
  'rejects unauthorized users',
  'returns 404 for an unknown order',
  'does not time out under load',
  'login works',
  'refund in parts',
  'validates the email',
  'keeps the database clean',
  'answers 200 for the health check',
  'updates the profile',
  'handles server errors',
  'survives a lost network',
  'search finds the item',
  'total is right',
  'order is shipped at last',
  'exports invoices',
  'ships to two addresses',
  'forbidden words are filtered',
  'expired token is refused',
];

export function nameOf(random) {
  return random.pick(NAMES);
}

let counter = 0;

/** A path that says nothing of what happens there: the resource and the number are drawn apart from the fault. */
export function pathOf(random) {
  counter += 1;
  const number = random.chance(0.15) ? random.pick([200, 400, 401, 403, 404, 500, 503]) : Math.floor(random.next() * 900) + 10;
  return `/api/${random.pick(RESOURCES)}/${number}${String(counter).padStart(4, '0')}`;
}

/** What the suite of an author says when a status is wrong and no library says it. */
export const STATUS_SENTENCES = [
  (method, path, observed, expected) => `${method} ${path} answered ${observed}, expected ${expected}`,
  (method, path, observed, expected) => `expected status ${expected}, got ${observed}`,
  (method, path, observed) => `${method} ${path} failed: ${observed}`,
  (_method, _path, observed) => `HTTP ${observed}`,
  (_method, _path, observed) => `Request failed with status ${observed}`,
  (_method, _path, observed) => `Unexpected response code: ${observed}`,
  (_method, _path, observed) => `HTTP error! status: ${observed}`,
  (method, path, observed, expected) => `wanted ${expected} from ${method} ${path} but got ${observed}`,
];

/** What an earlier request of the same test left in the history. */
export function historyOf(random, base, last) {
  const before = random.chance(0.5)
    ? [
        {
          method: random.pick(['GET', 'POST']),
          url: `${base}/api/${random.pick(['login', 'orders', 'carts'])}`,
          status: random.pick([200, 200, 201, 204, 404, 401]),
          durationMs: 12,
        },
      ]
    : [];
  return last ? [...before, last] : before;
}

const INNOCENT_LOGS = [
  'using the staging configuration',
  'GET /health 200 4 ms',
  'created customer 3',
  'cache warmed in 12 ms',
  'POST /login 200 9 ms',
  'timeout is set to 5000 ms',
  'connected to the database',
  'retries: 0',
  '0 errors',
  'authorization header set',
  'seeding 12 rows',
  'checking for not found pages',
  'server listening on 4310',
];

export function innocentLogs(random) {
  return random.chance(0.25) ? random.shuffled(INNOCENT_LOGS).slice(0, 1 + Math.floor(random.next() * 3)) : [];
}
