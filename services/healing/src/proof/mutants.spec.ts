import type { Attempt } from '@testimony/contracts';
import { mutantsOf, wasApplied } from './mutants';

const request = (method: string, path: string, body?: unknown, status = 200): Attempt['requests'][number] => ({
  method,
  url: `http://shop${path}`,
  status,
  durationMs: 1,
  ...(body !== undefined && { responseBody: JSON.stringify(body) }),
});

describe('faults of the product', () => {
  it('cover fields, lists, statuses and errors of each kind of request', () => {
    const requests = [
      request('POST', '/orders', { id: 7, state: 'new' }, 201),
      request('GET', '/orders/7', { id: 7, lines: [{ sku: 'a', count: 2 }] }),
    ];
    const mutants = mutantsOf({ requests });
    const of = (shape: string): string[] =>
      mutants.filter((one) => one.request === shape).map(({ kind, field }) => `${kind} ${field ?? ''}`.trim());
    expect(of('POST /orders')).toEqual([
      'wrong_value /id',
      'wrong_value /state',
      'status',
      'error_body',
      'missing_field /id',
      'missing_field /state',
    ]);
    expect(of('GET /orders/{}')).toEqual(
      expect.arrayContaining(['wrong_value /lines/0/count', 'empty_list /lines', 'status', 'error_body', 'missing_field /lines/0/sku']),
    );
  });

  it('hold the old value back where an answer changed', () => {
    const requests = [request('GET', '/jobs/1', { state: 'open', id: 1 }), request('GET', '/jobs/1', { state: 'done', id: 1 })];
    expect(mutantsOf({ requests }).filter(({ kind }) => kind === 'stale_value')).toEqual([
      { request: 'GET /jobs/{}', from: 1, kind: 'stale_value', field: '/state' },
    ]);
  });

  it('are bounded, spread over the kinds of requests, and the same each time', () => {
    const wide = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, i]));
    const requests = [request('GET', '/a', wide), request('GET', '/b', wide), request('GET', '/c', { x: 1 })];
    const mutants = mutantsOf({ requests }, 20);
    expect(mutants).toHaveLength(20);
    expect(new Set(mutants.map((one) => one.request)).size).toBe(3);
    expect(mutantsOf({ requests }, 20)).toEqual(mutants);
  });

  it('are made of a list at the top and of answers without a body, and of nothing without answers', () => {
    expect(mutantsOf({ requests: [request('GET', '/list', [{ id: 1 }])] }).map(({ kind }) => kind)).toEqual([
      'wrong_value',
      'empty_list',
      'status',
      'error_body',
      'missing_field',
    ]);
    expect(mutantsOf({ requests: [request('DELETE', '/a', undefined, 204)] })).toEqual([{ request: 'DELETE /a', from: 0, kind: 'status' }]);
    expect(mutantsOf({ requests: [{ method: 'GET', url: 'http://shop/a', status: null, durationMs: 1 }] })).toEqual([]);
  });

  it('are known to have reached the test by its requests', () => {
    const mutant = { request: 'GET /jobs/{}', from: 1, kind: 'status' } as const;
    expect(wasApplied(mutant, { requests: [request('GET', '/jobs/1')] })).toBe(false);
    expect(wasApplied(mutant, { requests: [request('GET', '/jobs/1'), request('GET', '/jobs/2')] })).toBe(true);
  });
});
