import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { changesSince } from './changes-since';
import { headOf } from './head-of';
import { lineCommits } from './line-commits';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function git(at: string, ...args: readonly string[]): string {
  const identity = { GIT_AUTHOR_NAME: 'Ann', GIT_AUTHOR_EMAIL: 'a@b.c', GIT_COMMITTER_NAME: 'Ann', GIT_COMMITTER_EMAIL: 'a@b.c' };
  const date = '2026-05-01T00:00:00Z';
  return execFileSync('git', ['-C', at, '-c', 'commit.gpgsign=false', '-c', 'protocol.file.allow=always', ...args], {
    env: { ...process.env, ...identity, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}
function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
function commit(subject: string): string {
  git(folder, 'add', '-A');
  git(folder, 'commit', '-m', subject);
  return git(folder, 'rev-parse', 'HEAD');
}
const numbered = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, n) => `line ${from + n}\n`).join('');

describe('what changed since a revision', () => {
  it('has the lines as they are now, the commits that made them, and what is not committed', async () => {
    git(folder, 'init');
    write('app/src/pay ä.ts', numbered(1, 12));
    write('app/src/old.ts', numbered(1, 40));
    write('app/gone.ts', 'x\n');
    write('elsewhere.ts', '1\n');
    const base = commit('base');
    write('app/src/pay ä.ts', numbered(1, 4) + 'new 5\n' + numbered(6, 8) + numbered(11, 12));
    write('elsewhere.ts', '2\n');
    const second = commit('Pay | differently');
    mkdirSync(join(folder, 'app/lib'), { recursive: true });
    renameSync(join(folder, 'app/src/old.ts'), join(folder, 'app/lib/new.ts'));
    rmSync(join(folder, 'app/gone.ts'));
    const third = commit('Move');
    write('app/src/pay ä.ts', numbered(1, 4) + 'new 5\n' + numbered(6, 8) + numbered(11, 12) + 'more\n');
    write('app/.env.local', 'TOKEN=do-not-read\n');
    write('app/notes.txt', 'a\nb\n');
    write('app/.e2e/state.json', '{}');

    const root = join(folder, 'app');
    const { files, problem } = await changesSince(root, base);
    expect(problem).toBeUndefined();
    const note = (hash: string, subject: string) => ({ hash, subject, author: 'Ann', at: new Date('2026-05-01T00:00:00Z') });
    expect(files).toEqual([
      expect.objectContaining({ path: 'gone.ts', deleted: true, added: [], commits: [note(third, 'Move')] }),
      expect.objectContaining({
        path: 'lib/new.ts',
        renamedFrom: 'src/old.ts',
        added: [],
        commits: [note(third, 'Move')],
        uncommitted: false,
      }),
      {
        path: 'src/pay ä.ts',
        added: [
          { from: 5, to: 5 },
          { from: 8, to: 9 },
          { from: 11, to: 11 },
        ],
        hunks: [
          { lines: { from: 5, to: 5 }, added: ['new 5'], removed: ['line 5'] },
          { lines: { from: 8, to: 9 }, added: [], removed: ['line 9', 'line 10'] },
          { lines: { from: 11, to: 11 }, added: ['more'], removed: [] },
        ],
        commits: [note(second, 'Pay | differently')],
        uncommitted: true,
        deleted: false,
      },
      expect.objectContaining({ path: '.env.local', hunks: [], uncommitted: true, commits: [] }),
      expect.objectContaining({ path: 'notes.txt', added: [{ from: 1, to: 2 }], uncommitted: true }),
    ]);
    expect(await lineCommits(root, base, 'src/pay ä.ts')).toEqual(
      new Map([
        [5, second],
        [11, 'uncommitted'],
      ]),
    );
    expect(await headOf(root)).toEqual({ commit: third, dirty: true });
  });

  it('follows a file through its renames to the commits that it had under other names', async () => {
    git(folder, 'init');
    write('a.ts', numbered(1, 30));
    const base = commit('base');
    write('a.ts', numbered(1, 30) + 'changed\n');
    const first = commit('Change');
    renameSync(join(folder, 'a.ts'), join(folder, 'b.ts'));
    const second = commit('Rename');
    const { files } = await changesSince(folder, base);
    expect(files.map(({ path, renamedFrom, commits }) => [path, renamedFrom, commits.map(({ hash }) => hash)])).toEqual([
      ['b.ts', 'a.ts', [second, first]],
    ]);
    expect(await headOf(folder)).toEqual({ commit: second, dirty: false });
  });

  it('says what is missing: a repository, a revision, the history of a shallow clone', async () => {
    expect(await changesSince(folder, 'HEAD')).toEqual({ files: [], problem: expect.stringContaining('not a git repository') });
    expect(await headOf(folder)).toBeUndefined();
    git(folder, 'init');
    expect(await headOf(folder)).toBeUndefined();
    write('a.ts', '1\n');
    const base = commit('one');
    write('a.ts', '2\n');
    commit('two');
    expect(await changesSince(folder, 'f'.repeat(40))).toEqual({
      files: [],
      problem: expect.stringContaining('not in this repository any more'),
    });
    expect((await changesSince(folder, '--output=stolen')).problem).toContain('not in this repository');
    const clone = join(folder, 'clone');
    execFileSync('git', ['clone', '--depth', '1', `file://${folder}`, clone], { stdio: 'ignore' });
    expect(await changesSince(clone, base)).toEqual({ files: [], problem: expect.stringContaining('fetch-depth: 0') });
  });

  it('says that a submodule changed and that its inside is not seen', async () => {
    const inner = join(folder, 'inner');
    const outer = join(folder, 'outer');
    for (const at of [inner, outer]) {
      mkdirSync(at);
      git(at, 'init');
    }
    writeFileSync(join(inner, 'a'), '1');
    git(inner, 'add', '-A');
    git(inner, 'commit', '-m', 'a');
    git(outer, 'submodule', 'add', `file://${inner}`, 'payments');
    git(outer, 'commit', '-m', 'base');
    writeFileSync(join(outer, 'payments/a'), '2');
    git(join(outer, 'payments'), 'commit', '-am', 'b');
    const { files, problem } = await changesSince(outer, 'HEAD');
    expect(files.map(({ path }) => path)).toEqual(['payments']);
    expect(problem).toBe('payments is a submodule that changed; what changed inside is not seen from here');
  });
});
