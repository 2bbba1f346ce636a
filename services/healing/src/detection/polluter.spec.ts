import { findPolluters, type RunAfter } from './polluter';

const before = Array.from({ length: 40 }, (_, i) => `t${i}`);

/** A victim that fails after all of `guilty`, unless a cleaner ran later than they did. */
function victimOf(
  guilty: readonly string[],
  options: { cleaner?: string; rate?: () => number } = {},
): { run: RunAfter; runs: () => number } {
  let runs = 0;
  const run: RunAfter = (ids) => {
    runs += 1;
    const places = guilty.map((id) => ids.indexOf(id));
    const isPolluted =
      places.every((place) => place >= 0) && !(options.cleaner !== undefined && ids.indexOf(options.cleaner) > Math.max(...places));
    return Promise.resolve(isPolluted && (options.rate?.() ?? 0) < 0.6 ? 'failed' : 'passed');
  };
  return { run, runs: () => runs };
}

describe('the polluter of an order-dependent test', () => {
  it.each(['t0', 't17', 't39'])('is found among forty and confirmed both ways: %s', async (guilty) => {
    const victim = victimOf([guilty]);
    const found = await findPolluters({ before, run: victim.run, maxRuns: 60 });
    expect(found).toEqual({ kind: 'found', polluters: [guilty], withIt: { runs: 2, failed: 2 }, withoutIt: { runs: 5, failed: 0 } });
    expect(victim.runs()).toBeLessThanOrEqual(21);
  });

  it('is found when two act together', async () => {
    const found = await findPolluters({ before, run: victimOf(['t3', 't30']).run, maxRuns: 200 });
    expect(found).toMatchObject({ kind: 'found', polluters: ['t3', 't30'] });
  });

  it('is found when another test cleans up after it', async () => {
    const found = await findPolluters({ before: [...before, 'p', 'x'], run: victimOf(['p'], { cleaner: 't20' }).run, maxRuns: 60 });
    expect(found).toMatchObject({ kind: 'found', polluters: ['p'] });
  });

  it('is found when the victim does not fail each time after it', async () => {
    let state = 11;
    const rate = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const found = await findPolluters({ before, run: victimOf(['t9'], { rate }).run, maxRuns: 120 });
    expect(found).toMatchObject({ kind: 'found', polluters: ['t9'] });
  });

  it('is not named when the test fails by itself', async () => {
    const found = await findPolluters({ before, run: () => Promise.resolve('failed'), maxRuns: 60 });
    expect(found).toMatchObject({ kind: 'not-found', alone: { runs: 2, failed: 2 } });
  });

  it('is not named when the order does not fail again', async () => {
    const found = await findPolluters({ before, run: () => Promise.resolve('passed'), maxRuns: 60 });
    expect(found).toMatchObject({ kind: 'not-found', withAll: { failed: 0 } });
  });

  it('is not named when the runs are spent', async () => {
    const victim = victimOf(['t3', 't30']);
    const found = await findPolluters({ before, run: victim.run, maxRuns: 12 });
    expect(found.kind).toBe('not-found');
    expect(victim.runs()).toBe(12);
  });
});
