import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { byText } from '../route-path';
import { parseModule } from '../syntax/module-syntax';
import { MAX_FILE_BYTES } from '../tree/source-files';
import type { FlakeReader, FlakeReading } from './api';
import { findingsIn } from './patterns/findings';
import { neighboursOf } from './patterns/project';
import { openInterpreter } from './reading/interpreter';
import { readFile } from './reading/read-file';
import type { Program } from './syntax/program';
import { readTypeScript } from './syntax/read-typescript';
import type ts from 'typescript';

/** Half a minute for thousands of files; a Python that hangs must not. */
const PYTHON_LIMIT_MS = 60_000;
/** A program of a file of usual size takes 100 kB. */
const MOST_PYTHON_OUTPUT = 1_000_000_000;
/** Read for one project; more are left unread rather than filling the memory. */
const MAX_PROGRAMS = 5_000;

const EXTENSIONS = ['', '.ts', '.js', '.mts', '.mjs', '.cts', '.cjs', '.tsx', '.jsx', '/index.ts', '/index.js'] as const;

/** Where tests keep what they share. Product code is not read: what it does with time or chance is its affair. */
const SUPPORT =
  /(^|[/_.-])(tests?|testing|__tests__|e2e|specs?|support|helpers?|utils?|fixtures?|mocks?|conftest|setup|common|factory|factories|shared|modules|steps|scenarios|harness)([/_.-]|$)/i;
const PRODUCT = /(^|\/)(src|lib|dist|build)\//;
/** A test of this program's own kind. */
const NATIVE = /(^|\/)services\/[^/]+\/modules\/[^/]+$/;
const TEST_FOLDER = /(^|[/_.-])(tests?|testing|__tests__|e2e|specs?|conftest|__mocks__|support|fixtures?)([/_.-]|$)/i;

/** Files that are parsed already; `load` of a file that is not there gives a sentence. */
interface ParsedFiles {
  load(path: string): { readonly source: ts.SourceFile } | string;
}

interface PythonAnswer {
  readonly problem?: string;
  readonly line?: number;
  readonly imports?: Program['imports'];
  readonly body?: Program['body'];
  readonly mentions?: readonly string[];
}

/** Opens a reader; `parsed` are the files that somebody else parses too. */
export function openFlakeReader(root: string, parsed: ParsedFiles = parseFrom(root)): FlakeReader {
  const programs = new Map<string, Program | string>();
  const load = (path: string): Program | string => {
    const known = programs.get(path);
    if (known !== undefined) return known;
    if (path.endsWith('.py')) return `${path}: was not read`;
    if (programs.size >= MAX_PROGRAMS) return `${path}: not read: more than ${MAX_PROGRAMS} test files and helpers`;
    const found = parsed.load(path);
    const program = typeof found === 'string' ? found : readTypeScript(path, found.source);
    programs.set(path, program);
    return program;
  };
  const interpreter = openInterpreter({
    get: (path) => {
      const program = load(path);
      return typeof program === 'string' ? undefined : program;
    },
    resolve: (from, specifier, name) =>
      from.language === 'py'
        ? pythonFiles(from.path, specifier, name).filter((path) => programs.has(path))
        : scriptFiles(root, from.path, specifier),
  });
  return {
    sources: () => [...programs.keys()].sort(byText),
    async read(files) {
      const python = files.filter((file) => file.endsWith('.py') && !programs.has(file));
      const trouble = python.length === 0 ? undefined : await readPython(root, python, programs);
      const traces = files.map((file) => {
        const program = load(file);
        return typeof program === 'string' ? program : readFile(interpreter, program);
      });
      const neighbours = neighboursOf(traces.filter((trace) => typeof trace !== 'string'));
      return traces.map((trace, index): FlakeReading => {
        const file = files[index] ?? '';
        if (typeof trace === 'string') return { problem: trouble !== undefined && file.endsWith('.py') ? `${file}: ${trouble}` : trace };
        return { findings: findingsIn(trace, neighbours(trace)) };
      });
    },
  };
}

function parseFrom(root: string): ParsedFiles {
  return {
    load: (path) => {
      try {
        const { size } = statSync(join(root, path));
        if (size > MAX_FILE_BYTES)
          return `${path}: not read: ${size} bytes are more than the ${MAX_FILE_BYTES} that one source file may have`;
        const result = parseModule(path, readFileSync(join(root, path), 'utf8'));
        return 'module' in result ? { source: result.module.source } : `${path}:${result.problem.line}: ${result.problem.message}`;
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        return `${path}: cannot be read (${code ?? message})`;
      }
    },
  };
}

function scriptFiles(root: string, from: string, specifier: string): readonly string[] {
  if (!specifier.startsWith('.')) return [];
  const base = posix.join(posix.dirname(from), specifier);
  if (base.startsWith('../') || base.includes('node_modules/') || !isSupport(base, from)) return [];
  const stem = base.replace(/\.[cm]?js$/, '');
  const found = [...EXTENSIONS.map((extension) => base + extension), ...EXTENSIONS.map((extension) => stem + extension)].find(
    (path) => /\.[cm]?[jt]sx?$/.test(path) && statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true,
  );
  return found === undefined ? [] : [found];
}

function isSupport(path: string, from: string): boolean {
  // A helper may import another one: what is below a service and no source of it.
  if (NATIVE.test(from) || /(^|\/)services\/[^/]+\//.test(from))
    return SUPPORT.test(path) && (!PRODUCT.test(path) || TEST_FOLDER.test(path));
  // Beside a test in a source folder stands what it tests.
  return TEST_FOLDER.test(path);
}

function pythonFiles(from: string, specifier: string, name: string): readonly string[] {
  const module = specifier.replace(/^\.+/, '');
  const level = specifier.length - module.length;
  let base = dirname(from) === '.' ? '' : dirname(from);
  for (let up = 1; up < level; up++) base = dirname(base) === '.' ? '' : dirname(base);
  const steps = module === '' ? [] : module.split('.');
  return (level > 0 ? [base] : [base, ''])
    .flatMap((start) =>
      [posix.join(start, ...steps), posix.join(start, ...steps, name)].flatMap((stem) => [`${stem}.py`, posix.join(stem, '__init__.py')]),
    )
    .filter((path) => isSupport(path, from));
}

/** One Python process reads all Python files with what they import. Returns why it could not. */
function readPython(root: string, files: readonly string[], programs: Map<string, Program | string>): Promise<string | undefined> {
  return new Promise((done) => {
    const child = execFile(
      'python3',
      ['-B', resolve(__dirname, 'syntax/read_tests.py')],
      { cwd: root, env: { PATH: process.env['PATH'] }, timeout: PYTHON_LIMIT_MS, maxBuffer: MOST_PYTHON_OUTPUT },
      (error, stdout, stderr) => {
        if (error) {
          done(
            (error as NodeJS.ErrnoException).code === 'ENOENT'
              ? 'reading it needs python3, which is not installed or not on the PATH: install Python 3.9 or later'
              : `could not be read by python3: ${stderr.trim().split('\n').at(-1) ?? error.message}`,
          );
          return;
        }
        for (const [path, answer] of Object.entries(JSON.parse(stdout) as Record<string, PythonAnswer>))
          programs.set(
            path,
            answer.problem === undefined
              ? {
                  path,
                  language: 'py',
                  imports: answer.imports ?? [],
                  body: answer.body ?? [],
                  exports: new Map(),
                  exportsAll: [],
                  mentions: new Set(answer.mentions),
                  lineOf: (at) => at,
                }
              : `${path}${answer.line === undefined ? '' : `:${answer.line}`}: ${answer.problem}`,
          );
        done(undefined);
      },
    );
    // A python3 that is missing breaks this pipe; the callback says so.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(JSON.stringify(files));
  });
}
