import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { CodeModule, Stmt } from './code';

/** For all texts of one call. */
const PYTHON_LIMIT_MS = 30_000;
const MOST_OUTPUT = 64 * 1024 * 1024;
/** Texts whose trees are kept: both guards look at the same two. */
const KEPT = 64;
const kept = new Map<string, CodeModule | string>();

function isPython(file: string): boolean {
  return file.endsWith('.py');
}

/** Reads texts of one kind of file, in their order. A string in place of a tree says why there is none. */
export function readCode(file: string, texts: readonly string[]): (CodeModule | string)[] {
  const keyed = texts.map((text) => ({ text, key: `${/\.[^.]*$/.exec(file)?.[0] ?? ''}\n${text}` }));
  const missing = keyed.filter(({ key }) => !kept.has(key));
  if (missing.length > 0) {
    const read = isPython(file) ? readPython(missing.map(({ text }) => text)) : missing.map(({ text }) => readScript(file, text));
    missing.forEach(({ key }, index) => kept.set(key, read[index] ?? 'it was not read'));
  }
  const answers = keyed.map(({ key }) => kept.get(key) ?? 'it was not read');
  for (const key of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(key);
  }
  return answers;
}

function readScript(file: string, text: string): CodeModule | string {
  // The compiler costs 0.2 s of CPU and 60 MB: it is loaded for the first text.
  return (require('./read-typescript') as typeof import('./read-typescript')).readTypeScript(file, text);
}

/** One process for all texts. Without python3 no text has a tree, and each says what to do. */
function readPython(texts: readonly string[]): (CodeModule | string)[] {
  const script = resolve(__dirname, 'read_python.py');
  const run = spawnSync('python3', ['-B', '-I', script], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    timeout: PYTHON_LIMIT_MS,
    maxBuffer: MOST_OUTPUT,
  });
  const none = (why: string): string[] => texts.map(() => why);
  if (run.error) {
    if ((run.error as NodeJS.ErrnoException).code === 'ENOENT')
      return none('python3 is needed to read Python tests and is not installed or not on the PATH: install Python 3.9 or later');
    return none(`python3 could not read it: ${run.error.message}`);
  }
  if (run.status !== 0) return none(`python3 could not read it: ${run.stderr.trim().split('\n').at(-1) ?? `exit code ${run.status}`}`);
  const answers = JSON.parse(run.stdout) as ({ body: Stmt[] } | { problem: string })[];
  return texts.map((text, index) => {
    const answer = answers[index];
    if (!answer) return 'python3 gave no answer for it';
    return 'problem' in answer ? answer.problem : { language: 'python', text, body: answer.body };
  });
}
