import type { TestWords } from '../risk/risk-of';
import { subjectOf, type ReachedCall } from './subject-of';
import { testTypeOf } from './test-type';

const words = (name: string, over: Partial<TestWords> = {}): TestWords => ({ name, description: '', file: 'm.ts', tags: [], ...over });
const calls = (...texts: readonly string[]): ReachedCall[] =>
  texts.map((text) => ({ endpoint: text.replace('~', ''), own: !text.startsWith('~') }));

describe('what a test is about', () => {
  it.each([
    ['refund an order', ['~POST /auth/login', '~POST /orders', 'POST /orders/{}/refund', 'GET /orders/{}'], 'POST /orders/{}/refund'],
    ['the cart is private', ['POST /auth/login', 'GET /cart'], 'GET /cart'],
    ['login is refused', ['POST /auth/login'], 'POST /auth/login'],
    ['order lines', ['~POST /auth/login', '~POST /orders', '~POST /products'], 'POST /orders'],
    ['something', ['GET /a', 'POST /a'], 'POST /a'],
  ])('%s', (name, texts, subject) => expect(subjectOf(words(name), calls(...texts))?.endpoint).toBe(subject));

  it('is unknown when it calls nothing', () => expect(subjectOf(words('x'), [])).toBeUndefined());
});

describe('the type of a test', () => {
  it.each([
    [words('a', { tags: ['Security'] }), 1, 1, 'security'],
    [words('only an admin may'), 1, 1, 'security'],
    [words('admin page'), 1, 1, 'integration'],
    [words('search latency'), 1, 1, 'performance'],
    [words('buys'), 2, 2, 'e2e'],
    [words('buys'), 1, 4, 'e2e'],
    [words('reads'), 1, 1, 'integration'],
    [words('x', { tags: ['regression'] }), 3, 9, 'regression'],
  ])('%j', (test, services, ownEndpoints, type) => expect(testTypeOf(test, { services, ownEndpoints })).toBe(type));
});
