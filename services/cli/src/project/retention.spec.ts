import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@testimony/contracts';
import { attempt, resultOf } from '../testing/in-memory-backend';
import { removeOldRuns } from './retention';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const OLD = 31;
const YOUNG = 29;

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'e2e-retention-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

/** A folder with a file in it, so many days old. */
function folder(path: string, days: number): void {
  mkdirSync(join(state, path), { recursive: true });
  writeFileSync(join(state, path, 'content'), '');
  age(path, days);
}

function age(path: string, days: number): void {
  const seconds = NOW / 1000 - days * 24 * 60 * 60;
  utimesSync(join(state, path), seconds, seconds);
}

const current = { id: newId('exe'), results: [] };
const remove = (execution: Parameters<typeof removeOldRuns>[1]['current'] = current): Promise<string[]> =>
  removeOldRuns(state, { days: 30, now: NOW, current: execution });
const left = (place: string): string[] => readdirSync(join(state, place)).toSorted();

test('what is older than the days goes, what is younger stays, and so does everything else of the state folder', async () => {
  const [old, young] = [newId('exe'), newId('exe')];
  for (const place of ['reports', 'spool']) {
    folder(`${place}/${old}`, OLD);
    folder(`${place}/${young}`, YOUNG);
    folder(`${place}/mine`, OLD);
  }
  folder('artifacts/playwright-1-a-1', OLD);
  folder('artifacts/playwright-1-b-1', YOUNG);
  folder('db', OLD);
  folder('cache', OLD);
  expect(await remove()).toEqual([]);
  expect(left('reports')).toEqual([young, 'mine']);
  expect(left('spool')).toEqual([young, 'mine']);
  expect(left('artifacts')).toEqual(['playwright-1-b-1']);
  expect(left('db')).toEqual(['content']);
  expect(left('cache')).toEqual(['content']);
});

test('nothing of the current execution goes, however old', async () => {
  folder(`reports/${current.id}`, OLD);
  folder(`spool/${current.id}`, OLD);
  const names = ['playwright-1-a-1', 'playwright-1-a-2', 'playwright-1-a-3'];
  for (const name of names) folder(`artifacts/${name}`, OLD);
  const artifacts = [
    { name: 'trace', path: 'playwright-1-a-1/trace.zip' },
    { name: 'trace', path: join(state, 'artifacts/playwright-1-a-2/trace.zip') },
  ];
  await remove({ ...current, results: [resultOf({ id: 'a' }, 'failed', [attempt(1, 'failed', { artifacts })])] });
  expect(left('reports')).toEqual([current.id]);
  expect(left('spool')).toEqual([current.id]);
  expect(left('artifacts')).toEqual(names.slice(0, 2));
});

test('a link goes, and not what it leads to', async () => {
  folder('elsewhere', OLD);
  folder('artifacts/young', YOUNG);
  symlinkSync(join(state, 'elsewhere'), join(state, 'artifacts', 'link'));
  await removeOldRuns(state, { days: 1, now: Date.now() + 2 * 24 * 60 * 60 * 1000, current });
  expect(left('artifacts')).toEqual([]);
  expect(left('elsewhere')).toEqual(['content']);
});

test('one run removes a bounded number; the next goes on', async () => {
  for (let n = 0; n < 250; n += 1) folder(`artifacts/playwright-1-a-${n}`, OLD);
  await remove();
  expect(left('artifacts')).toHaveLength(50);
  await remove();
  expect(left('artifacts')).toEqual([]);
});

test('what cannot be read is said and stops nothing', async () => {
  writeFileSync(join(state, 'reports'), '');
  folder('artifacts/playwright-1-a-1', OLD);
  const problems = await remove();
  expect(problems).toEqual([expect.stringContaining(`${join(state, 'reports')} cannot be read`)]);
  expect(left('artifacts')).toEqual([]);
});
