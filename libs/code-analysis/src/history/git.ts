import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Reading history is one part of explaining a failure and should not be waited for longer; git compares 50,000 files in about 2 s. */
const TIMEOUT_MS = 20_000;
/** A difference beyond this is an import or a merge of years: which of its lines matters cannot be said from its text. */
const MAX_OUTPUT_BYTES = 32_000_000;

/** Nothing that the repository's own settings name (monitors, signatures) may run or change the form of the answer. */
const SETTINGS = ['-c', 'core.quotePath=false', '-c', 'core.fsmonitor=false', '-c', 'log.showSignature=false', '-c', 'log.mailmap=false'];

/** Git has no answer: `message` is a sentence's part that says why. */
export class GitProblem extends Error {
  constructor(
    message: string,
    readonly kind: 'too-much' | 'no-answer',
  ) {
    super(message);
  }
}

/** For every git that is started: inside a git hook the variables left out name the repository that is being committed to, which need not be the project's. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  const { GIT_DIR: _dir, GIT_WORK_TREE: _tree, GIT_INDEX_FILE: _index, GIT_EXTERNAL_DIFF: _diff, ...environment } = process.env;
  return { ...environment, GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
}

/** What git prints in the folder `root`. Throws a `GitProblem`. */
export async function git(root: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('git', ['-C', root, ...SETTINGS, ...args], {
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      env: gitEnvironment(),
    });
    return stdout;
  } catch (error) {
    throw problemOf(error);
  }
}

function problemOf(error: unknown): GitProblem {
  const { code, killed, stderr, message } = error as { code?: unknown; killed?: boolean; stderr?: string; message: string };
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return new GitProblem(`its answer has more than ${MAX_OUTPUT_BYTES / 1e6} MB`, 'too-much');
  if (code === 'ENOENT') return new GitProblem('there is no git command', 'no-answer');
  if (killed) return new GitProblem(`no answer within ${TIMEOUT_MS / 1000} s`, 'no-answer');
  return new GitProblem((stderr || message).split('\n')[0]?.replace(/^fatal: /, '') || 'it failed', 'no-answer');
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '"': '"', '\\': '\\' };

/** A path as git shows it, with its quotes and escapes taken off. */
export function plainPath(shown: string): string {
  if (!shown.startsWith('"') || !shown.endsWith('"') || shown.length < 2) return shown;
  const bytes: Buffer[] = [];
  for (const [, octal, letter, text] of shown.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gsu))
    bytes.push(
      octal === undefined
        ? Buffer.from(letter === undefined ? (text ?? '') : (ESCAPES[letter] ?? letter))
        : Buffer.from([parseInt(octal, 8)]),
    );
  return Buffer.concat(bytes).toString('utf8');
}
