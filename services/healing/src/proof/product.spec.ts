import type { Attempt } from '@testimony/contracts';
import { wrongValue } from './product';
import { isSameFailure, signatureOf } from './signature';

const attempt = (
  expected: unknown,
  actual: unknown,
  body: unknown,
  failureClass: 'assertion' | 'timeout' = 'assertion',
): Pick<Attempt, 'failure' | 'requests'> => ({
  failure: { class: failureClass, message: 'not equal', expected: JSON.stringify(expected), actual: JSON.stringify(actual) },
  requests: [{ method: 'GET', url: 'http://shop/orders/1', status: 200, durationMs: 1, responseBody: JSON.stringify(body) }],
});

describe('the wrong value of a failure', () => {
  it('is found where the answer was compared as a whole', () => {
    const body = { id: 1, order: { state: 'new', lines: [] } };
    expect(wrongValue(attempt({ order: { state: 'paid' } }, body, body))).toMatchObject({
      path: ['order', 'state'],
      expected: 'paid',
      actual: 'new',
    });
  });

  it('is found where one value was compared, if it stands in one place only', () => {
    expect(wrongValue(attempt(2, 1, { value: 1, id: 7 }))).toMatchObject({ path: ['value'], expected: '2', actual: '1' });
    expect(wrongValue(attempt(2, 1, { value: 1, id: 1 }))).toBeUndefined();
  });

  it('is none where the failure names none, or is of another class', () => {
    expect(wrongValue(attempt([1, 2], [1], { value: 1 }))).toBeUndefined();
    expect(wrongValue(attempt(2, 1, { value: 1 }, 'timeout'))).toBeUndefined();
  });
});

describe('failures of one kind', () => {
  it('are known whatever numbers and identifiers they name', () => {
    const a = { class: 'assertion', message: 'GET http://shop:41/orders/12: $.state is "new", expected "paid"' } as const;
    expect(signatureOf(a)).toBe(signatureOf({ ...a, message: 'GET http://shop:9/orders/7: $.state is "new", expected "paid"' }));
    expect(isSameFailure({ class: 'timeout', message: `waited 500 ms; the last try failed: ${a.message}` }, [signatureOf(a)])).toBe(true);
    expect(isSameFailure({ class: 'assertion', message: 'expected 3 orders' }, [signatureOf(a)])).toBe(false);
  });
});
