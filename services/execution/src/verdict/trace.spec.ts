import type { Failure, RequestRecord } from '@testimony/contracts';
import { traceOf } from './trace';

const request = (over: Partial<RequestRecord> = {}): RequestRecord => ({
  method: 'GET',
  url: 'http://shop/orders/17',
  status: 200,
  durationMs: 1,
  ...over,
});
const trace = (failure: Partial<Failure>, requests: RequestRecord[] = []) =>
  traceOf({ outcome: 'failed', failure: { class: 'assertion', message: 'expected 1, got 2', ...failure }, requests });

describe('the trace of a failure', () => {
  it('is the same for failures that differ in numbers, ids and times only', () => {
    const a = trace({ message: 'order 17 of 3f2504e0-4f89-11d3-9a0c-0305e82c3301 came at 2026-01-02T03:04:05 not 12.5' }, [request()]);
    const b = trace({ message: 'order 9 of 9b2504e0-4f89-11d3-9a0c-0305e82c33ff came at 2026-02-03T04:05:06 not 7' }, [
      request({ url: 'http://shop/orders/4' }),
    ]);
    expect(a.signature).toBe(b.signature);
  });

  it.each([
    ['words', { message: 'expected 1 to be less' }, [request()]],
    ['class', { class: 'timeout' as const }, [request()]],
    ['failing request', {}, [request({ status: 500 }), request({ url: 'http://shop/stock' })]],
  ])('differs with its %s', (_, failure, requests) => {
    expect(trace(failure, requests).signature).not.toBe(trace({}, [request()]).signature);
  });

  it('names the request that failed, and whom it asked', () => {
    expect(trace({}, [request({ method: 'post', status: 503 }), request()])).toMatchObject({
      shape: 'POST /orders/{} 503',
      origin: 'http://shop',
    });
    expect(trace({})).toMatchObject({ shape: null, origin: null });
  });

  it.each([
    ['no-answer', { class: 'network' as const, probe: { url: 'http://shop/', reachable: false } }, []],
    ['unwell', { class: 'network' as const, probe: { url: 'http://shop/', reachable: true } }, []],
    ['unwell', { class: 'server' as const }, [request({ status: 500 })]],
    ['unwell', { class: 'timeout' as const }, [request({ status: null })]],
    [null, { class: 'timeout' as const }, [request()]],
    [null, {}, [request({ status: 404 })]],
  ] as [string | null, Partial<Failure>, RequestRecord[]][])('shows %s for %j', (symptom, failure, requests) => {
    expect(trace(failure, requests).symptom).toBe(symptom);
  });

  it('keeps what the system asked for', () => {
    expect(trace({}, [request({ status: 429, retryAfterSeconds: 2 })]).rateLimit).toEqual({ retryAfterMs: 2_000 });
    expect(trace({}, [request({ status: 429 })]).rateLimit).toEqual({});
    expect(trace({}, [request()])).not.toHaveProperty('rateLimit');
  });
});

describe('a failure must come again', () => {
  it.each([
    'ReferenceError: respone is not defined',
    "SyntaxError: Unexpected identifier 'x'",
    "Cannot find module './missing'",
    'TypeError: page.gett is not a function',
    "ModuleNotFoundError: No module named 'requets'",
    "NameError: name 'pge' is not defined",
  ])('when it is %s', (message) => expect(trace({ class: 'other', message }, [request()]).certain).toEqual(expect.any(String)));

  it('when a type is wrong before anything was asked', () => {
    const message = "TypeError: Cannot read properties of undefined (reading 'id')";
    expect(trace({ class: 'other', message }).certain).toEqual(expect.any(String));
    expect(trace({ class: 'other', message }, [request()]).certain).toBeUndefined();
  });

  it.each([
    ['other', 'SyntaxError: Unexpected token \'<\', "<html>" is not valid JSON'],
    ['other', 'SyntaxError: Unexpected end of JSON input'],
    ['other', "the test threw the text 'x' instead of an Error"],
    ['assertion', 'ReferenceError: expected'],
    ['timeout', 'the test did not end within 30 ms'],
  ] as ['other', string][])('not when it is %s: %s', (failureClass, message) => {
    expect(trace({ class: failureClass, message }, [request()]).certain).toBeUndefined();
  });
});
