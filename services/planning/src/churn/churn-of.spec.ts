import { churnByFile } from './churn-of';
import { parseNumstat } from './numstat';

const DAY = 86_400;
const NOW = 1_700_000_000;
const commit = (daysAgo: number, ...paths: readonly string[]) => ({
  at: NOW - daysAgo * DAY,
  changes: paths.map((path) => ({ path, lines: 5 })),
});

describe('git log --numstat', () => {
  it('is read with renames, binary files and quotes', () => {
    const text = `1700000000\n\n3\t4\tsrc/a.ts\n-\t-\tlogo.png\n1\t0\tsrc/{old => new}/b.ts\n1\t0\tsrc/{ => sub}/c.ts\n2\t2\tx.ts => y.ts\n0\t1\t"with \\"quote.ts"\n1690000000\n1689999999\n\n1\t1\tz\n`;
    expect(parseNumstat(text)).toEqual([
      {
        at: 1700000000,
        changes: [
          { path: 'src/a.ts', lines: 7 },
          { path: 'logo.png', lines: 0 },
          { path: 'src/new/b.ts', lines: 1 },
          { path: 'src/sub/c.ts', lines: 1 },
          { path: 'y.ts', lines: 4 },
          { path: 'with \\"quote.ts', lines: 1 },
        ],
      },
      { at: 1690000000, changes: [] },
      { at: 1689999999, changes: [{ path: 'z', lines: 2 }] },
    ]);
  });

  it('is nothing where there is nothing to read', () => expect(parseNumstat('1\t2\torphan\nfatal: no\n\tx\t\n')).toEqual([]));
});

describe('churn', () => {
  it('counts commits of the window, recent ones more', () => {
    const files = churnByFile([commit(0, 'new', 'both'), commit(60, 'old', 'both'), commit(91, 'gone')], NOW);
    expect(files.get('gone')).toBeUndefined();
    expect(files.get('both')).toMatchObject({ commits: 2, lines: 10, windowDays: 90 });
    const score = (file: string) => files.get(file)?.score ?? 0;
    expect(score('both')).toBeGreaterThan(score('new'));
    expect(score('new')).toBeGreaterThan(score('old'));
    expect(score('both')).toBeLessThan(1);
  });

  it('is half with three commits of today', () =>
    expect(churnByFile([commit(0, 'a'), commit(0, 'a'), commit(0, 'a')], NOW).get('a')?.score).toBeCloseTo(0.5));

  it('leaves out commits over very many files', () =>
    expect(churnByFile([commit(0, ...Array.from({ length: 101 }, (_, n) => `f${n}`))], NOW).size).toBe(0));
});
