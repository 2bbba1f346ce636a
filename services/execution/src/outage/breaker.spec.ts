import { canaryPauseMs, outageIn, type Symptom } from './breaker';

const at = (ms: number): Date => new Date(Date.UTC(2026, 0, 2) + ms);
const symptoms = (n: number, over: Partial<Symptom> = {}): Symptom[] =>
  Array.from({ length: n }, (_, i) => ({
    testId: `t${i}`,
    attempt: 1,
    service: 'orders',
    symptom: 'unwell' as const,
    shape: `GET /${i % 3} 503`,
    origin: 'http://shop',
    beganAt: at(1_000 + i),
    endedAt: at(1_010 + i),
    setAside: false,
    ...over,
  }));
const passedAt = (ms: number) => new Map([['orders', at(ms)]]);

describe('an outage', () => {
  it('is three tests that nobody answered', () => {
    expect(outageIn({ symptoms: symptoms(3, { symptom: 'no-answer' }), wellAt: new Map(), tried: 3 })).toMatchObject({
      kind: 'no-answer',
      url: 'http://shop',
      services: ['orders'],
      tests: 3,
      since: at(1_000),
      reason: 'the system under test at http://shop did not answer 3 tests',
    });
  });

  it.each([
    ['two tests', symptoms(2, { symptom: 'no-answer' }), new Map()],
    ['one test three times', symptoms(3, { symptom: 'no-answer', testId: 't' }), new Map()],
    ['three tests before the last that passed', symptoms(3, { symptom: 'no-answer' }), passedAt(2_000)],
    ['three tests at three places', symptoms(3, { symptom: 'no-answer' }).map((s, i) => ({ ...s, origin: `http://${i}` })), new Map()],
    ['three tests of an outage that ended', symptoms(3, { symptom: 'no-answer', setAside: true }), new Map()],
  ])('is not %s that nobody answered', (_, seen, wellAt) => expect(outageIn({ symptoms: seen, wellAt, tried: 50 })).toBeUndefined());

  it('is two tests that nobody answered while another service is away', () => {
    const two = { symptoms: symptoms(2, { symptom: 'no-answer' }), wellAt: new Map(), tried: 50 };
    expect(outageIn(two)).toBeUndefined();
    expect(outageIn({ ...two, othersAway: true })).toMatchObject({ kind: 'no-answer', tests: 2 });
    expect(outageIn({ ...two, symptoms: two.symptoms.slice(1), othersAway: true })).toBeUndefined();
  });

  it('is a row of errors over several endpoints that would be a wonder, after the system was well', () => {
    expect(outageIn({ symptoms: symptoms(4), wellAt: passedAt(500), tried: 60 })).toMatchObject({ kind: 'unwell', tests: 4 });
  });

  it.each([
    ['errors from the beginning on: the product is broken', symptoms(12), new Map(), 12],
    ['errors of one endpoint: that is the product', symptoms(12, { shape: 'GET /orders/{} 500' }), passedAt(500), 60],
    ['errors between which a test passed', symptoms(12), passedAt(5_000), 60],
    ['a row that is no wonder so early', symptoms(4), passedAt(500), 8],
    [
      'a row as long as in a run in which every third test meets errors',
      [...symptoms(8), ...symptoms(20, { beganAt: at(100) }).map((s, i) => ({ ...s, testId: `b${i}` }))],
      passedAt(500),
      60,
    ],
  ])('is not %s', (_, seen, wellAt, tried) => expect(outageIn({ symptoms: seen, wellAt, tried })).toBeUndefined());

  it('is looked after with growing pauses', () => {
    expect([0, 1, 2, 3, 9].map(canaryPauseMs)).toEqual([1_000, 2_000, 4_000, 8_000, 8_000]);
  });
});
