import { cleanRunsToBound, failureRate } from './rate';
import { requestShape } from './request-shape';
import { conditionsKey, conditionsSchema } from './conditions';

it('bounds a rate by clean runs as the rule of three does', () => {
  expect([cleanRunsToBound(0.05), cleanRunsToBound(0.01)]).toEqual([59, 299]);
  expect(() => cleanRunsToBound(0)).toThrow('between 0 and 1');
});

it('gives a rate with an interval that knows how little was run', () => {
  const few = failureRate({ runs: 4, failed: 1 });
  const many = failureRate({ runs: 400, failed: 100 });
  expect([few.rate, many.rate]).toEqual([0.25, 0.25]);
  expect(few.low).toBeCloseTo(0.0456, 3);
  expect(few.high).toBeCloseTo(0.6994, 3);
  expect(many.high - many.low).toBeLessThan(few.high - few.low);
  expect(failureRate({ runs: 0, failed: 0 })).toEqual({ rate: 0, low: 0, high: 1 });
});

it('takes two requests for the same kind when they differ in what names one thing', () => {
  expect(requestShape('get', 'http://127.0.0.1:4310/orders/17?page=2')).toBe('GET /orders/{}');
  expect(requestShape('GET', '/orders/550e8400-e29b-41d4-a716-446655440000/lines')).toBe('GET /orders/{}/lines');
  expect(requestShape('POST', '/orders')).toBe('POST /orders');
  expect(requestShape('GET', '/v2/carts/c45/lines/ord_12')).toBe('GET /v2/carts/{}/lines/{}');
  expect(requestShape('GET', 'http://127.0.0.1:4310')).toBe('GET /');
});

it('keys equal conditions equally, whatever the order of their names or the place in a sequence', () => {
  const one = conditionsSchema.parse({ latencyMs: 5, isolated: true, order: { sequence: 'a', place: 0 } });
  const two = conditionsSchema.parse({ isolated: true, latencyMs: 5, cpuStress: undefined });
  expect(conditionsKey(one)).toBe(conditionsKey(two));
  expect(conditionsKey(two)).not.toBe(conditionsKey(conditionsSchema.parse({ isolated: true })));
});
