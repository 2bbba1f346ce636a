import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixCandidates } from './fix-candidates';
import { FLAKY_TESTS, type FlakyTest } from './testing/flaky-tests';

/** As many as `max_auto_fix_attempts` lets try without being told. */
const TRIED = 3;

const bare = (text: string): string => text.replaceAll(/\s+/g, '');

/** The line that an attempt fails at. */
function failingLine({ text, fails }: FlakyTest): number {
  const lines = text.split('\n');
  const at =
    fails === undefined
      ? lines.findLastIndex((line) => /expect\(|assert|throw new/.test(line))
      : lines.findIndex((line) => line.includes(fails));
  return at + 1;
}

describe('a flaky test of which only its failing attempts are known', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'flaky-tests-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it.each(FLAKY_TESTS.map((test) => [`${test.pattern}: ${test.name} (${test.file})`, test] as const))('%s', async (_name, test) => {
    mkdirSync(join(root, 'modules'));
    for (const [path, text] of Object.entries(test.helpers ?? {})) writeFileSync(join(root, 'modules', path), text);
    const found = await fixCandidates({
      root,
      file: `modules/${test.file}`,
      text: test.text,
      findings: [],
      hints: { patterns: [test.pattern], messages: [], lines: [failingLine(test)] },
    });
    const tried = found.slice(0, TRIED).map((candidate) => bare(candidate.text));
    expect(tried.some((text) => test.wants.every((wanted) => text.includes(bare(wanted))))).toBe(true);
  });

  it('is not edited in what only looks like a cause', async () => {
    const text = `import { expect, type Page } from '@testimony/page';

export async function run(page: Page): Promise<void> {
  const start = performance.now();
  const answer = await page.get('/report', { timeoutMs: 30000 });
  expect(answer.json<any>().day).toBe('2024-01-15');
  expect(performance.now() - start).toBeLessThan(30000);
}
`;
    const hints = { patterns: ['race_condition' as const, 'unordered_collection' as const], messages: [], lines: [6, 7] };
    expect(await fixCandidates({ root, file: 'modules/01_report.ts', text, findings: [], hints })).toEqual([]);
  });
});
