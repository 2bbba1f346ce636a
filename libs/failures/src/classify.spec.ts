import { FAILURE_CLASSES, classificationSchema } from '@testimony/contracts';
import type { FailureToClassify } from './api';
import { classifyFailure } from './classify';

const hostile = (value: unknown): FailureToClassify => value as FailureToClassify;
const deep = (): unknown => {
  let value: Record<string, unknown> = {};
  for (let i = 0; i < 20_000; i += 1) value = { value };
  return value;
};

describe('classifyFailure', () => {
  it.each<[string, FailureToClassify]>([
    ['nothing', { text: '' }],
    ['a megabyte of one line', { text: 'expected '.repeat(120_000) }],
    [
      'a megabyte of lines',
      { text: 'expected 200 but got\n'.repeat(50_000), stack: '    at f (/a.js:1:1)\n'.repeat(50_000), logs: 'x: y\n'.repeat(200_000) },
    ],
    ['brackets without end', { text: `${'('.repeat(30_000)}${'['.repeat(30_000)}${'{'.repeat(30_000)}` }],
    ['spaces without end', { text: `expected${' '.repeat(60_000)}got` }],
    ['digits without end', { text: '401'.repeat(40_000) }],
    ['NUL, lone surrogates and half an escape', { text: '\u0000\ud800 expected \udfff 401 \u001b[31' }],
    ['numbers for texts', hostile({ text: 7, stack: {}, code: 401, logs: 5, requests: 'x' })],
    ['deep objects for requests', hostile({ text: 'x', requests: [deep(), null, 3, { status: '401', error: {} }] })],
    ['objects for lines of a log', hostile({ text: 'x', logs: [deep(), null, undefined] })],
    ['names that objects have', { text: 'constructor __proto__ toString', code: '__proto__' }],
  ])('gives probabilities for %s', (_what, failure) => {
    const found = classifyFailure(failure);
    expect(classificationSchema.parse(found)).toEqual(found);
    expect(Object.values(found.probabilities).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
    expect(found.probability).toBe(Math.max(...Object.values(found.probabilities)));
    expect(Object.keys(found.probabilities)).toEqual([...FAILURE_CLASSES]);
  });

  it('finds the cause at either end of a text that is too long to be read', () => {
    const filler = 'nothing to see here\n'.repeat(40_000);
    expect(classifyFailure({ text: `AssertionError: expected status 200, got 401\n${filler}` }).class).toBe('authentication');
    expect(
      classifyFailure({ text: `${filler}requests.exceptions.HTTPError: 404 Client Error: Not Found for url: http://shop/` }).class,
    ).toBe('not_found');
  });

  it('says the same each time', () => {
    const failure = { text: 'connect ECONNREFUSED 127.0.0.1:4310', requests: [{ status: null, error: 'ECONNREFUSED' }] };
    expect(classifyFailure(failure)).toEqual(classifyFailure(failure));
  });

  it('is unsure of what it cannot read', () => {
    expect(classifyFailure({ text: 'it did not go well' }).probability).toBeLessThan(0.9);
  });

  it('reads through colours', () => {
    const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
    expect(
      classifyFailure({
        text: `expect(${red('received')}).toBe(${red('expected')})\n\nExpected: ${red('200')}\nReceived: ${red('403')}\n    at status`,
      }).class,
    ).toBe('authorization');
  });

  it('reads the logs when the text says only that something failed', () => {
    expect(
      classifyFailure({
        text: '1 test failed',
        logs: ['starting', 'curl: (7) Failed to connect to localhost port 8080: Connection refused'],
      }).class,
    ).toBe('network');
  });
});
