import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertionObjection } from './assertion-objection';
import { editObjection } from './edit-objection';
import { readCode } from './read-code';
import { HARDER_BAD_EDITS, HARDER_GOOD_EDITS } from './testing/harder-edits';
import { BAD_EDITS, GOOD_EDITS, type PlantedEdit } from './testing/planted-edits';

/** Fewer than what is kept of trees that were read. */
const AT_ONCE = 30;

interface Judged {
  readonly edit: PlantedEdit;
  readonly objection: string | undefined;
}

/** What the guards say of edits; python3 is started once for many of them. */
function judged(edits: readonly PlantedEdit[]): readonly Judged[] {
  const answers: Judged[] = [];
  const bases = Map.groupBy(edits, (edit) => edit.file);
  for (const [file, of] of bases)
    for (let from = 0; from < of.length; from += AT_ONCE) {
      const some = of.slice(from, from + AT_ONCE);
      readCode(
        file,
        some.flatMap(({ before, after }) => [before, after]),
      );
      for (const edit of some)
        answers.push({
          edit,
          objection: editObjection(edit.before, edit.after, file) ?? assertionObjection(edit.before, edit.after, file),
        });
    }
  return answers;
}

function difference({ kind, base, before, after }: PlantedEdit): string {
  const lines = new Set(before.split('\n'));
  const changed = after.split('\n').filter((line) => !lines.has(line));
  return `${kind} ${base}: ${changed.map((line) => line.trim()).join(' / ')}`;
}

const kindsOf = (edits: readonly PlantedEdit[]): string[] => [...new Set(edits.map((edit) => edit.kind))];

describe('the guards over planted edits', () => {
  let all: readonly Judged[];
  beforeAll(() => {
    all = judged([...BAD_EDITS, ...GOOD_EDITS]);
  });

  it.each(kindsOf(BAD_EDITS))('refuse every edit that is bad: %s', (kind) => {
    const passed = all.filter(({ edit, objection }) => edit.kind === kind && objection === undefined);
    expect(passed.map(({ edit }) => difference(edit))).toEqual([]);
  });

  it.each(kindsOf(GOOD_EDITS))('let every edit through that is good: %s', (kind) => {
    const refused = all.filter(({ edit, objection }) => edit.kind === kind && objection !== undefined);
    expect(refused.map(({ edit, objection }) => `${difference(edit)}: ${objection}`)).toEqual([]);
  });

  it('refuse what is harder to see', () => {
    const passed = judged(HARDER_BAD_EDITS).filter(({ objection }) => objection === undefined);
    expect(passed.map(({ edit }) => edit.kind)).toEqual([]);
  });

  it('let good edits through that are written in other ways', () => {
    const refused = judged(HARDER_GOOD_EDITS).filter(({ objection }) => objection !== undefined);
    expect(refused.map(({ edit, objection }) => `${edit.kind}: ${objection}`)).toEqual([]);
  });

  it('have nothing against a text as it is', () => {
    const same = [...new Map(BAD_EDITS.map((edit) => [edit.file, { ...edit, after: edit.before }])).values()];
    expect(judged(same).filter(({ objection }) => objection !== undefined)).toEqual([]);
  });

  it('name the line and what stands there', () => {
    const before = `test('a', () => {\n  expect(load().region).toBe('eu');\n});\n`;
    expect(assertionObjection(before, before.replace(`toBe('eu')`, 'toBeDefined()'), 'a.test.ts')).toMatch(
      /^line 2: the assertion is weaker/,
    );
    expect(editObjection(before, before.replace('test(', 'test.skip('), 'a.test.ts')).toBe(
      'line 1: "skip" takes a test out of the verdict or repeats it until it passes',
    );
  });

  it('refuse a text that does not parse, in both languages', () => {
    expect(editObjection('const a = 1;', 'const a = ;', 'a.ts')).toMatch(
      /^the proposed text of a.ts cannot be judged: line 1 does not parse/,
    );
    expect(assertionObjection('a = 1', 'a = = 1', 'a.py')).toMatch(/^the proposed text of a.py cannot be judged: line 1 does not parse/);
  });

  it('say what to do without python3', () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      expect(editObjection('x = "no python"', 'x = 2', 'test_a.py')).toContain(
        'python3 is needed to read Python tests and is not installed or not on the PATH: install Python 3.9 or later',
      );
    } finally {
      process.env['PATH'] = path;
    }
  });

  describe('with the project at hand', () => {
    let root: string;
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'guards-'));
      mkdirSync(join(root, 'tests'));
      writeFileSync(
        join(root, 'tests', '_settle.ts'),
        `export function settle(ms) {\n  return new Promise((done) => {\n    setTimeout(done, ms);\n  });\n}\n`,
      );
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    it('know a sleep that a helper of the project does', () => {
      const before = `import { expect } from '@testimony/page';
import { settle } from './_settle';
export async function run(page) {
  await page.post('/jobs');
  await settle(20);
  const jobs = (await page.get('/jobs')).json();
  expect(jobs).toHaveLength(1);
}
`;
      const after = before.replace(
        '  await settle(20);\n',
        `  await page.waitFor(async () => (await page.get('/jobs')).json().length === 1);\n`,
      );
      const longer = before.replace('settle(20)', 'settle(2000)');
      const file = 'tests/01_jobs.ts';
      expect([editObjection(before, after, file, root), assertionObjection(before, after, file, root)]).toEqual([undefined, undefined]);
      expect(editObjection(before, longer, file, root)).toMatch(/^line 5: a sleep is new or longer/);
    });
  });
});
