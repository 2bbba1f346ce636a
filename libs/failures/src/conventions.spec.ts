import type { FailureClass } from '@testimony/contracts';
import type { FailureToClassify } from './api';
import { classifyFailure } from './classify';

const matcherSays = (expected: number, received: number): string =>
  `expect(received).toBe(expected) // Object.is equality\n\nExpected: ${expected}\nReceived: ${received}\n\n  > 12 |   expect(response.status).toBe(${expected});\n       |                           ^`;
const history = (status: number | null, error?: string): FailureToClassify['requests'] => [
  { method: 'GET', url: 'http://127.0.0.1:4310/orders/1', status, durationMs: 3, ...(error !== undefined && { error }) },
];

describe('a status assertion has the class of the status observed', () => {
  it.each<[number, number, FailureClass]>([
    [200, 401, 'authentication'],
    [200, 403, 'authorization'],
    [200, 404, 'not_found'],
    [201, 400, 'validation'],
    [201, 422, 'validation'],
    [200, 500, 'server'],
    [404, 503, 'server'],
    [403, 401, 'authentication'],
    [200, 201, 'assertion'],
    [401, 200, 'assertion'],
    [200, 302, 'assertion'],
    [200, 410, 'assertion'],
    [200, 405, 'other'],
    [200, 409, 'other'],
    [200, 429, 'other'],
  ])('expected %d, observed %d: %s', (expected, observed, wanted) => {
    expect(classifyFailure({ text: matcherSays(expected, observed) }).class).toBe(wanted);
    expect(
      classifyFailure({
        text: `E       assert ${observed} == ${expected}\nE        +  where ${observed} = <Response [${observed}]>.status_code`,
      }).class,
    ).toBe(wanted);
    expect(classifyFailure({ text: `GET http://127.0.0.1:4310/orders answered ${observed}, expected ${expected}` }).class).toBe(wanted);
  });

  it('also where a client throws for it', () => {
    expect(classifyFailure({ text: 'AxiosError: Request failed with status code 401', code: 'ERR_BAD_REQUEST' }).class).toBe(
      'authentication',
    );
    expect(
      classifyFailure({ text: 'requests.exceptions.HTTPError: 404 Client Error: Not Found for url: http://shop/orders/1' }).class,
    ).toBe('not_found');
    expect(classifyFailure({ text: 'HTTPError: Request failed with status code 429 (Too Many Requests): GET http://shop/' }).class).toBe(
      'other',
    );
  });

  it('whatever its body says of databases', () => {
    const text = `POST /orders answered 500, expected 201: {"detail":"duplicate key value violates unique constraint \\"orders_pkey\\""}`;
    expect(classifyFailure({ text }).class).toBe('server');
  });

  it('and numbers that are no statuses have none', () => {
    const text =
      'expect(received).toBe(expected) // Object.is equality\n\nExpected: 200\nReceived: 404\n\n  > 7 |   expect(order.total).toBe(200);\n      |                       ^';
    expect(classifyFailure({ text, requests: history(200) }).class).toBe('assertion');
  });

  it('taken from the history where the text shows none', () => {
    const text = 'expect(received).toBe(expected) // Object.is equality\n\nExpected: "pending"\nReceived: undefined';
    expect(classifyFailure({ text, requests: history(200) }).class).toBe('assertion');
    expect(classifyFailure({ text, requests: history(503) }).class).toBe('server');
    expect(classifyFailure({ text: 'AssertionError: assert False', requests: history(403) }).class).toBe('authorization');
  });
});

describe('what a driver reports is of the database', () => {
  it.each<[string, FailureToClassify]>([
    ['a unique violation', { text: 'error: duplicate key value violates unique constraint "accounts_email_key"', code: '23505' }],
    ['a refused password', { text: 'error: password authentication failed for user "app"', code: '28P01' }],
    ['a refused connection', { text: 'SequelizeConnectionRefusedError: connect ECONNREFUSED 127.0.0.1:5432' }],
    [
      'a refused connection, told by the stack',
      {
        text: 'connect ECONNREFUSED 127.0.0.1:40123',
        code: 'ECONNREFUSED',
        stack: 'Error: connect ECONNREFUSED 127.0.0.1:40123\n    at node_modules/pg-pool/index.js:45:11',
      },
    ],
    ['a pool that is exhausted', { text: 'KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full.' }],
    ['a statement that took too long', { text: 'psycopg.errors.QueryCanceled: canceling statement due to statement timeout' }],
    ['a missing server', { text: 'MongoServerSelectionError: connect ECONNREFUSED 127.0.0.1:27017' }],
  ])('%s', (_what, failure) => {
    expect(classifyFailure(failure).class).toBe('database');
  });
});

describe('time-outs', () => {
  it('of a test and of a client are time-outs', () => {
    expect(classifyFailure({ text: 'thrown: "Exceeded timeout of 5000 ms for a test."' }).class).toBe('timeout');
    expect(classifyFailure({ text: 'TimeoutError: The operation was aborted due to timeout', code: '23' }).class).toBe('timeout');
  });

  it('whose last cause is a refused connection are of the network', () => {
    const text = 'thrown: "Exceeded timeout of 5000 ms for a test."';
    expect(classifyFailure({ text, requests: history(null, 'ECONNREFUSED') }).class).toBe('network');
    expect(classifyFailure({ text, logs: ['retrying: connect ECONNREFUSED 127.0.0.1:4310'] }).class).toBe('network');
    expect(classifyFailure({ text: 'Timed out after 250 ms waiting for the server; last error: fetch failed (ECONNREFUSED)' }).class).toBe(
      'network',
    );
  });

  it('of a poll with a wrong value are assertions, with a status the status’s', () => {
    expect(classifyFailure({ text: 'Timed out after 250 ms waiting for the order; last value: "pending"' }).class).toBe('assertion');
    expect(
      classifyFailure({
        text: 'Error: expect(received).toBe(expected) // Object.is equality\n\nExpected: 200\nReceived: 503\n\nCall Log:\n- Timeout 250ms exceeded while waiting on the predicate',
        requests: history(503),
      }).class,
    ).toBe('server');
  });
});

describe('crashes and set-up are other', () => {
  it.each([
    "TypeError: Cannot read properties of undefined (reading 'id')",
    "Error: Cannot find module './support/missing'",
    "ModuleNotFoundError: No module named 'shop_support'",
    "E       fixture 'customer' not found",
    'SyntaxError: Unexpected token, expected "," (3:16)',
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ])('%s', (text) => {
    expect(classifyFailure({ text }).class).toBe('other');
  });
});

describe('no answer is of the network', () => {
  it.each([
    'connect ECONNREFUSED 127.0.0.1:4310',
    'getaddrinfo ENOTFOUND shop.invalid',
    'socket hang up',
    'Error: self-signed certificate',
    'read ECONNRESET',
  ])('%s', (text) => {
    expect(classifyFailure({ text }).class).toBe('network');
  });
});
