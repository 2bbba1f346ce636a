import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readChurn } from './read-churn';

const NOW = new Date('2026-06-01T12:00:00Z');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'churn-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: readonly string[]): void {
  const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b.c', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b.c' };
  execFileSync('git', ['-C', folder, '-c', 'commit.gpgsign=false', ...args], {
    env: { ...process.env, ...identity, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
    stdio: 'ignore',
  });
}
let date = '';
function commit(at: string, file: string, text: string): void {
  date = at;
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), text);
  git('add', '-A');
  git('commit', '-m', 'change');
}

describe('the churn of a project', () => {
  it('is read from its repository, relative to its own folder', async () => {
    git('init');
    commit('2026-01-01T00:00:00Z', 'app/src/old.ts', '1\n');
    commit('2026-05-01T00:00:00Z', 'app/src/pay-ä.ts', '1\n');
    commit('2026-05-30T00:00:00Z', 'app/src/pay-ä.ts', '1\n2\n3\n');
    commit('2026-05-31T00:00:00Z', 'elsewhere/x.ts', '1\n');
    const churn = await readChurn(join(folder, 'app'), undefined, NOW);
    expect(churn.note).toBeUndefined();
    expect([...churn.files]).toEqual([['src/pay-ä.ts', expect.objectContaining({ commits: 2, lines: 3 })]]);
  });

  it('is unknown in a shallow clone, whose oldest commit seems to make everything', async () => {
    git('init');
    commit('2026-05-01T00:00:00Z', 'a.ts', '1\n');
    commit('2026-05-02T00:00:00Z', 'b.ts', '1\n');
    const clone = `${folder}-clone`;
    try {
      execFileSync('git', ['clone', '--depth', '1', `file://${folder}`, clone], { stdio: 'ignore' });
      expect(await readChurn(clone, undefined, NOW)).toEqual({ files: new Map(), note: expect.stringContaining('shallow') });
    } finally {
      rmSync(clone, { recursive: true, force: true });
    }
  });

  it('is nothing but a note without a repository', async () => {
    expect(await readChurn(folder, undefined, NOW)).toEqual({
      files: new Map(),
      note: expect.stringMatching(/^git tells no history of this project \(not a git repository/),
    });
  });

  it('is read from a file as of its newest commit', async () => {
    writeFileSync(join(folder, 'history.log'), '1600000000\n\n1\t1\ta.ts\n1590000000\n\n1\t1\tb.ts\n');
    expect([...(await readChurn(folder, 'history.log', NOW)).files.keys()]).toEqual(['a.ts']);
    expect((await readChurn(folder, 'gone.log', NOW)).note).toBe(
      'project.history_file gone.log cannot be read (ENOENT); risk does without churn',
    );
  });
});
