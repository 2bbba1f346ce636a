import type { Mutation } from '@testimony/contracts';
import { answerMutator } from './answer-mutator';

const stale: Mutation = { request: 'GET /orders/{}', from: 1, kind: 'stale_value' };
const said = (mutator: ReturnType<typeof answerMutator>, path: string, body: string): string => {
  const changed = mutator.changed('GET', path, { status: 200, contentType: 'text/plain', body: Buffer.from(body), mayHaveBody: true });
  return changed?.body?.toString('utf8') ?? body;
};

it('wants the answers to requests of its shape', () => {
  const mutator = answerMutator(stale);
  expect(['/orders/1', '/orders/1?x=2', '/orders', '/orders/1/items'].map((path) => mutator.wants('GET', path))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(mutator.wants('POST', '/orders/1')).toBe(false);
});

it('keeps an address at its old answer however often it is asked', () => {
  const mutator = answerMutator(stale);
  expect(['new', 'new', 'sent', 'sent', 'lost'].map((body) => said(mutator, '/orders/1', body))).toEqual([
    'new',
    'new',
    'new',
    'new',
    'new',
  ]);
  expect(mutator.mutated).toBe(3);
});

it('answers for an address that was not asked before as the last one of its shape did, and for the first not at all', () => {
  const mutator = answerMutator({ ...stale, from: 0 });
  expect([said(mutator, '/orders/1', 'one'), said(mutator, '/orders/2', 'two'), said(mutator, '/orders/2', 'three')]).toEqual([
    'one',
    'one',
    'one',
  ]);
  expect(mutator.mutated).toBe(2);
});

it('changes from the n-th answer on', () => {
  const mutator = answerMutator({ request: 'GET /orders/{}', from: 2, kind: 'wrong_value' });
  expect(['a', 'a', 'a', 'a'].map((body) => said(mutator, '/orders/1', body))).toEqual(['a', 'a', 'b', 'b']);
  expect(mutator.mutated).toBe(2);
});
