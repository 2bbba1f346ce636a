import type { Endpoint } from '@testimony/contracts';
import { priorityOf, riskOf, WEIGHTS, type RiskFacts, type TestWords } from './risk-of';

const words = (over: Partial<TestWords> = {}): TestWords => ({
  name: 'x',
  description: '',
  file: 'services/a/modules/01_x.ts',
  tags: [],
  ...over,
});
const endpoint = (method: string, path: string, over: Partial<Endpoint> = {}): Endpoint => ({
  name: 'A.b',
  method,
  path,
  full_path: path,
  parameters: [],
  request_dto: null,
  response_dto: null,
  requires_auth: false,
  auth_roles: [],
  file_path: 'a.ts',
  line_number: 1,
  description: null,
  tags: [],
  ...over,
});
const risk = (facts: Partial<RiskFacts>, test: Partial<TestWords> = {}) => riskOf(words(test), { preparesByWriting: false, ...facts });
const weights = (result: ReturnType<typeof risk>) => Object.fromEntries(result.factors.map(({ factor, weight }) => [factor, weight]));

describe('the risk of a test', () => {
  it('is nothing for a read of nothing special', () => {
    expect(risk({ subject: endpoint('GET', '/health') })).toEqual({ risk: 0, factors: [] });
  });

  it('is the sum of its factors, the heaviest first, each with its fact', () => {
    const result = risk({ subject: endpoint('POST', '/payments', { requires_auth: true, auth_roles: ['clerk', 'admin'] }) });
    expect(result).toEqual({
      risk: 0.5,
      factors: [
        { factor: 'money', weight: 0.25, reason: 'money is involved: the path says "payment"' },
        { factor: 'write_operation', weight: 0.15, reason: 'POST /payments changes data' },
        { factor: 'requires_auth', weight: 0.1, reason: 'POST /payments needs a login as clerk or admin' },
      ],
    });
  });

  it('is at most 1', () => {
    const churn = { file: 'a.ts', commits: 40, lines: 900, score: 1, windowDays: 90 };
    const all = risk({
      subject: endpoint('DELETE', '/admin/payments', { requires_auth: true }),
      sourceChurn: churn,
      testChurn: churn,
      history: { failures: 4, runs: 4, medianMs: 1 },
    });
    expect(all.factors.reduce((sum, { weight }) => sum + weight, 0)).toBeGreaterThan(1);
    expect(all.risk).toBe(1);
  });

  it('weighs what is only mentioned half', () => {
    expect(weights(risk({ subject: endpoint('GET', '/x') }, { description: 'uses a coupon' }))['money']).toBe(WEIGHTS.money / 2);
    expect(weights(risk({ subject: endpoint('GET', '/x') }, { name: 'coupon' }))['money']).toBe(WEIGHTS.money);
    const subjectDto = {
      name: 'Dto',
      fields: [{ name: 'unitPrice', field_type: 'number', required: true, validations: [], description: null }],
      file_path: 'a',
      line_number: 1,
    };
    expect(risk({ subject: endpoint('GET', '/x'), subjectDto }).factors[0]?.reason).toBe('money is involved: a field of Dto says "price"');
  });

  it('knows a write of an endpoint that no manifest has, and one that only prepares', () => {
    expect(weights(risk({ call: 'PUT /things/{}' }))).toEqual({ write_operation: WEIGHTS.write });
    expect(weights(risk({ call: 'GET /things/{}', preparesByWriting: true }))).toEqual({ write_in_preparation: WEIGHTS.preparesByWriting });
  });

  it('grows with churn and says of which file', () => {
    const at = (score: number) => risk({ sourceChurn: { file: 'src/orders.ts', commits: 3, lines: 40, score, windowDays: 90 } });
    expect(at(0.8).risk).toBeGreaterThan(at(0.2).risk);
    expect(at(0.8).factors).toEqual([
      { factor: 'source_churn', weight: 0.2, reason: 'src/orders.ts changed in 3 commits of the last 90 days, 40 lines' },
    ]);
  });

  it('remembers failures, but not those of a single run', () => {
    const after = (failures: number, runs: number) => risk({ history: { failures, runs, medianMs: 5 } });
    expect(after(1, 4).factors).toEqual([{ factor: 'past_failures', weight: 0.125, reason: 'failed in 1 of 4 earlier runs' }]);
    expect(after(1, 1).risk).toBe(0);
    expect(after(0, 50).risk).toBe(0);
  });

  it.each([
    [0, 'low'],
    [0.149, 'low'],
    [0.15, 'medium'],
    [0.4, 'high'],
    [0.6, 'critical'],
    [1, 'critical'],
  ])('%d is %s', (value, priority) => expect(priorityOf(value)).toBe(priority));
});
