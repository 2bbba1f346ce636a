import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A change of one file: text that stands there, and what it becomes. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Git in a folder, with dates that grow by an hour a commit. */
export function repositoryIn(root: string): {
  commit(subject: string): string;
  write(files: Readonly<Record<string, string>>): void;
  edit(edit: Edit): void;
} {
  let hours = 0;
  const git = (...args: readonly string[]): string => {
    const date = new Date(Date.UTC(2026, 4, 1) + hours * 3_600_000).toISOString();
    const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b.c', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b.c' };
    return execFileSync('git', ['-C', root, '-c', 'commit.gpgsign=false', ...args], {
      env: { ...process.env, ...identity, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  };
  git('init');
  return {
    commit: (subject) => {
      hours++;
      git('add', '-A');
      git('commit', '-m', subject);
      return git('rev-parse', 'HEAD');
    },
    write: (files) => {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
    },
    edit: ({ file, from, to }) => {
      const path = join(root, file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
      writeFileSync(path, text.replace(from, to));
    },
  };
}
