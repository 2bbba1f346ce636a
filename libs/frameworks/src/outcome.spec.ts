import type { TestOutcome, TestToRun } from './framework';
import { finishedOutcome } from './outcome';

const test: TestToRun = { key: 'k', service: 'shop', file: 'a.ts', titlePath: [], timeoutMs: 1, conditions: { isolated: false } };
const services = { shop: { baseUrl: 'http://127.0.0.1:1', headers: {} } };
const told = (more: Partial<TestOutcome>): TestOutcome => ({
  key: 'k',
  outcome: 'failed',
  startedAt: '',
  durationMs: 1,
  requests: [],
  logs: [],
  artifacts: [],
  ...more,
});
const asked = (url: string, status = 404) => [{ method: 'GET', url, status, durationMs: 1 }];

it('classes a comparison of statuses by the status that was observed, and no other comparison', async () => {
  const classOf = async (expected: string, actual: string): Promise<string | undefined> => {
    const failure = { class: 'assertion' as const, message: 'x', expected, actual };
    return (await finishedOutcome(told({ failure, requests: asked('http://shop/x') }), { test, services, head: services })).failure?.class;
  };
  expect(await classOf('200', '404')).toBe('not_found');
  expect(await classOf('200', '500')).toBe('assertion');
  expect(await classOf('3', '404')).toBe('assertion');
});

it('asks an address that gave no answer once more', async () => {
  const failure = { class: 'network' as const, message: 'x' };
  const finished = await finishedOutcome(told({ failure }), { test, services, head: services, unanswered: 'http://127.0.0.1:1/x' });
  expect(finished.failure?.probe).toEqual({ url: 'http://127.0.0.1:1', reachable: false, error: 'ECONNREFUSED' });
});

it('shows all texts with the addresses that were asked, and leaves the key alone', async () => {
  const shown = (text: string): string => text.replaceAll('wire', 'real');
  const failure = { class: 'other' as const, message: 'no wire', expected: 'wire', line: 3 };
  const finished = await finishedOutcome(
    { ...told({ failure, requests: asked('http://wire/x', 200), logs: ['at wire'], reason: 'wire' }), key: 'wire' },
    { test, services, head: services, shown, mutatedAnswers: 2 },
  );
  expect(finished).toEqual({
    ...told({ requests: asked('http://real/x', 200), logs: ['at real'], reason: 'real' }),
    key: 'wire',
    mutatedAnswers: 2,
    failure: { class: 'other', message: 'no real', expected: 'real', line: 3 },
  });
});

describe('an attempt against the base', () => {
  const against = {
    test: { ...test, conditions: { isolated: false, revision: 'base' as const } },
    services,
    head: { shop: { baseUrl: 'http://head:80', headers: {} } },
  };
  it('that asked the head says nothing, whatever came of it', async () => {
    for (const outcome of ['passed', 'failed'] as const)
      expect(await finishedOutcome(told({ outcome, requests: asked('http://head/x') }), against)).toMatchObject({
        outcome: 'lost',
        reason: 'it asked http://head by an address of its own, which is not the base revision',
      });
    expect(await finishedOutcome(told({ outcome: 'passed', requests: asked('http://127.0.0.1:1/x') }), against)).toMatchObject({
      outcome: 'passed',
    });
  });
  it('that needs a service without a base says nothing either', async () => {
    const failure = { class: 'other' as const, message: "Service 'pay' has no base URL", code: 'ERR_NO_BASE_URL' };
    expect(await finishedOutcome(told({ failure }), against)).toEqual(
      told({ outcome: 'lost', reason: "it asks a service of which the base revision has no address: Service 'pay' has no base URL" }),
    );
    expect(await finishedOutcome(told({ failure }), { ...against, test })).toMatchObject({ outcome: 'failed' });
  });
});
