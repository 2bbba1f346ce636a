import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLAKE_PATTERNS } from '@testimony/contracts';
import { type RunningPostgres, startTemporaryPostgres } from '@testimony/local-postgres';
import { eventually } from '../program/processes';
import { measureUntilBoth } from './runner/measure';
import { checkLab, openLab, writeLab, type LabOptions, type WrittenLab } from '.';
import { BUGS } from './service/bugs';
import { lookalikesFor, shapesFor } from './flaky/catalogue';

/** TESTIMONY_LAB=long: as many runs as it takes to be sure of rare failures. */
const LONG = process.env['TESTIMONY_LAB'] === 'long';
const folders: string[] = [];
const lab = (options: Omit<LabOptions, 'folder'>): WrittenLab => {
  const folder = mkdtempSync(join(tmpdir(), 'testimony-lab-'));
  folders.push(folder);
  return writeLab({ ...options, folder });
};
const silent = () => undefined;
let postgres: RunningPostgres;
beforeAll(async () => {
  postgres = await startTemporaryPostgres();
});
afterAll(async () => {
  await postgres.stop();
  for (const folder of folders) while (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
});

function filesOf(root: string, below = ''): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    if (entry.name === '.git') continue;
    const path = join(below, entry.name);
    if (entry.isDirectory()) Object.assign(files, filesOf(root, path));
    else files[path] = readFileSync(join(root, path), 'utf8');
  }
  return files;
}

describe('what a lab is made of', () => {
  it('is the same for the same seed, hashes of commits too, and another for another', () => {
    const mix = { tests: 24, flaky: 0.3, regressions: 0.15 };
    const [first, again, other] = [lab({ seed: 5, mix, earlier: 1 }), lab({ seed: 5, mix, earlier: 1 }), lab({ seed: 6, mix, earlier: 1 })];
    expect(filesOf(again.folder)).toEqual(filesOf(first.folder));
    expect(again.truth.commits).toEqual(first.truth.commits);
    expect(filesOf(other.folder)).not.toEqual(filesOf(first.folder));
  });

  it('keeps seeds for tuning and for measuring apart', () => {
    for (const seed of [0, 100, 1000, 1.5])
      expect(() => lab({ seed })).toThrow(`seed ${seed} is neither for tuning (1..99) nor for measuring (1001 and above)`);
    const tuning = new Set(shapesFor('tuning').map((shape) => shape.name));
    const measuring = shapesFor('measuring');
    const unseen = measuring.filter((shape) => !tuning.has(shape.name));
    for (const pattern of FLAKE_PATTERNS) {
      expect(shapesFor('tuning').filter((shape) => shape.pattern === pattern).length).toBeGreaterThanOrEqual(4);
      expect(unseen.filter((shape) => shape.pattern === pattern).length).toBeGreaterThanOrEqual(3);
      expect(lookalikesFor('tuning').some((alike) => alike.pattern === pattern)).toBe(true);
    }
  });

  it('gives nothing away in the project', () => {
    const { project, truth } = lab({ seed: 8, mix: { tests: 30, flaky: 0.4, regressions: 0.1, lookalikes: 0.2 } });
    const words = [
      /flak/i,
      /@flaw/,
      /@assert\b/,
      /\bbug-\d/,
      /truth/i,
      /testimony-lab/,
      /look.?alike/i,
      /regression/i,
      /intermittent/i,
      ...FLAKE_PATTERNS.map((pattern) => new RegExp(pattern, 'i')),
      ...truth.tests.flatMap((test) => (test.shape?.includes('-') ? [new RegExp(`\\b${test.shape}\\b`)] : [])),
    ];
    for (const [file, text] of Object.entries(filesOf(project))) for (const word of words) expect(`${file}\n${text}`).not.toMatch(word);
  });

  it('names a line of each flaw and each bug that stands there', () => {
    const { project, truth } = lab({ seed: 9, mix: { tests: 60, flaky: 0.4, regressions: 0.3 } });
    for (const test of truth.tests.filter((t) => t.flaky)) {
      const lines = readFileSync(join(project, test.file), 'utf8').split('\n');
      expect(lines[(test.flaky?.line ?? 0) - 1]?.trim()).toMatch(/\S/);
    }
    for (const bug of truth.bugs) {
      expect(bug.tests.length).toBeGreaterThan(0);
      expect(readFileSync(join(project, bug.file), 'utf8').split('\n').length).toBeGreaterThanOrEqual(bug.line);
    }
  });

  it('plants fixes of which the bad ones are not the good ones', () => {
    const { fixes } = lab({ seed: 10, mix: { tests: 10, everyShape: 0.3 } });
    expect(new Set(fixes.filter((fix) => fix.good).map((fix) => fix.pattern))).toEqual(new Set(FLAKE_PATTERNS));
    expect(fixes.filter((fix) => fix.good).length).toBeGreaterThan(40);
    expect(fixes.filter((fix) => !fix.good).length).toBeGreaterThan(150);
    for (const fix of fixes) {
      if (fix.files === undefined) expect(fix.after).not.toBe(fix.before);
      if (!fix.good) expect(fix.objecting.length).toBeGreaterThan(0);
    }
  });
});

describe('whether it is as the truth says', () => {
  it('healthy tests and look-alikes never fail, bugs show on the head only, broken tests always fail, new ones need the head', async () => {
    const seeds = LONG ? [1, 2, 3, 1001, 1002, 1003] : [1];
    for (const seed of seeds) {
      const mix = LONG
        ? { tests: 300, regressions: 0.2, intermittent: 0.04, broken: 0.03 }
        : { tests: 60, flaky: 0, lookalikes: 0.2, regressions: 0.3, intermittent: 0.05, broken: 0.05, newFeature: 0.04 };
      const { folder } = lab({ seed, mix });
      expect(await checkLab(folder, LONG ? 30 : 2, silent, { databaseUrl: postgres.url })).toEqual([]);
    }
  });

  it.each(LONG ? [11, 1011] : [11])('each shape fails and passes, its repair and its look-alikes only pass (seed %i)', async (seed) => {
    const { folder } = lab({ seed, mix: { tests: 10, regressions: 0, broken: 0, intermittent: 0, newFeature: 0, everyShape: 0.35 } });
    expect(await checkLab(folder, LONG ? 30 : 2, silent, { databaseUrl: postgres.url })).toEqual([]);
    const open = await openLab(folder, { databaseUrl: postgres.url });
    try {
      const stubborn: string[] = [];
      for (const { test, passed, failed } of await measureUntilBoth(open, LONG ? 400 : 120))
        if (passed === 0 || failed === 0)
          stubborn.push(`${test.id} ${test.flaky?.pattern}/${test.flaky?.shape}: ${failed} failed, ${passed} passed`);
      expect(stubborn).toEqual([]);
    } finally {
      await open.close();
    }
  });

  it('every kind of bug is planted by some seed', () => {
    const planted = new Set<string>();
    for (const seed of [21, 1021, 1022])
      for (const bug of lab({ seed, mix: { tests: 150, flaky: 0, lookalikes: 0, regressions: 0.6, intermittent: 0.06 }, earlier: 1 }).truth
        .bugs)
        planted.add(`${bug.feature}/${bug.kind}`);
    expect([...planted].toSorted()).toEqual([...new Set(BUGS.map((bug) => `${bug.feature}/${bug.name}`))].toSorted());
  });

  it('goes away when it is told to, and comes back', async () => {
    const { folder, truth } = lab({ seed: 12, mix: { tests: 8 }, earlier: 1 });
    const open = await openLab(folder, { databaseUrl: postgres.url });
    const url = open.environment[`${truth.services[0]?.name.toUpperCase()}_URL`] as string;
    const base = open.environment[`${truth.services[0]?.name.toUpperCase()}_BASE_URL`] as string;
    const status = (at: string) =>
      fetch(`${at}/health`).then(
        (answer) => answer.status,
        () => 'refused',
      );
    try {
      open.outage({ kind: '503', durationMs: 300, afterRequests: 2 });
      expect(await status(url)).toBe(200);
      expect(await status(url)).toBe(503);
      expect(await status(base)).toBe(200);
      await eventually(async () => (await status(url)) === 200, 'the service came back');
      open.outage({ kind: 'refused', durationMs: 300 });
      await eventually(async () => (await status(url)) === 'refused', 'the service went away');
      await eventually(async () => (await status(url)) === 200, 'the service came back again');
    } finally {
      await open.close();
    }
  });

  it('serves an earlier commit and the head again', async () => {
    const { folder, truth } = lab({ seed: 13, mix: { tests: 20, regressions: 0.3 } });
    const open = await openLab(folder, { databaseUrl: postgres.url });
    const bug = truth.bugs[0];
    const test = truth.tests.find((t) => t.id === bug?.tests[0]);
    if (!test) throw new Error('the lab has no bug');
    const passes = async () => {
      const lane = open.lane('head');
      try {
        return (await lane.run(test)).passed;
      } finally {
        await lane.close();
      }
    };
    try {
      expect(await passes()).toBe(false);
      await open.checkout(truth.commits.earlier[0] as string);
      expect(await passes()).toBe(true);
      await open.checkout('head');
      expect(await passes()).toBe(false);
    } finally {
      await open.close();
    }
  });
});
