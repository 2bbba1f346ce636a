import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Commits are told first and written at once; a mark stands for each until then. */
export interface GitHistory {
  commit(files: Readonly<Record<string, string>>, message: string): number;
  /** Mark of the newest commit. */
  newest(): number;
  /** Makes the repository in an absent or empty folder, checks the newest commit out, and tells the hashes of marks. */
  write(root: string): (mark: number) => string;
}

/** Commits are an hour apart, beginning here, so that hashes depend on nothing but what is committed. */
const FIRST_COMMIT = 1_780_000_000;
const HOUR = 3600;

export function gitHistory(): GitHistory {
  const stream: string[] = [];
  let mark = 0;
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  return {
    newest: () => mark,
    commit: (files, message) => {
      mark += 1;
      const time = FIRST_COMMIT + mark * HOUR;
      stream.push(
        `commit refs/heads/main\nmark :${mark}\nauthor Dev <dev@example.com> ${time} +0000\ncommitter Dev <dev@example.com> ${time} +0000\n${data(`${message}\n`)}`,
        ...Object.entries(files).map(([path, text]) => `M 100644 inline ${path}\n${data(text)}`),
      );
      return mark;
    },
    write: (root) => {
      mkdirSync(root, { recursive: true });
      const env = { PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1' };
      const git = (words: readonly string[], input = '') => execFileSync('git', words, { cwd: root, encoding: 'utf8', input, env });
      git(['init', '-q', '-b', 'main']);
      git(['fast-import', '--quiet', '--date-format=raw'], stream.join(''));
      git(['checkout', '-q', '-f', 'main']);
      const hashes = git(['rev-list', '--reverse', 'main']).trim().split('\n');
      return (of) => hashes[of - 1] as string;
    },
  };
}
