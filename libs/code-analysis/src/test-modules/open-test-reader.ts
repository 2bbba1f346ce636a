import { readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Modules } from '../syntax/definitions';
import { parseModule, type ModuleSyntax } from '../syntax/module-syntax';
import { readTestModule } from './read-test-module';
import type { TestModuleReading } from './read-test-module';
import { MAX_FILE_BYTES } from '../tree/source-files';

const EXTENSIONS = ['', '.ts', '.js', '.mts', '.mjs', '.cts', '.cjs', '.tsx', '.jsx', '/index.ts', '/index.js'] as const;
/** Tests with the helpers that they import; more are left unread rather than filling the memory. */
const MAX_MODULES = 5_000;

export interface TestReader {
  /** Reads a project-relative test file. Never throws: the result is one sentence where it cannot be read. */
  read(file: string): TestModuleReading | string;
}

/** Reads tests of a project with what they import from it (by relative paths). A file that several tests import is parsed once. */
export function openTestReader(root: string): TestReader {
  const parsed = new Map<string, ModuleSyntax | string>();
  const load = (path: string): ModuleSyntax | string => {
    const known = parsed.get(path);
    if (known !== undefined) return known;
    if (parsed.size >= MAX_MODULES) return `${path}: not read: more than ${MAX_MODULES} test files and helpers`;
    const result = loadModule(root, path);
    parsed.set(path, result);
    return result;
  };
  const modules: Modules = {
    get: (path) => {
      const module = load(path);
      return typeof module === 'string' ? undefined : module;
    },
    resolve: (from, specifier) => {
      if (!specifier.startsWith('.')) return undefined;
      const base = posix.join(posix.dirname(from), specifier);
      if (base.startsWith('../') || base.includes('node_modules/')) return undefined;
      const stem = base.replace(/\.[cm]?js$/, '');
      return [...EXTENSIONS.map((extension) => base + extension), ...EXTENSIONS.map((extension) => stem + extension)].find(
        (path) => parsed.has(path) || isFile(join(root, path)),
      );
    },
  };
  return {
    read: (file) => {
      const module = load(file);
      return typeof module === 'string' ? module : readTestModule(module, modules);
    },
  };
}

function loadModule(root: string, path: string): ModuleSyntax | string {
  try {
    const { size } = statSync(join(root, path));
    if (size > MAX_FILE_BYTES) return `${path}: not read: ${size} bytes are more than the ${MAX_FILE_BYTES} that one source file may have`;
    const result = parseModule(path, readFileSync(join(root, path), 'utf8'));
    return 'module' in result ? result.module : `${path}:${result.problem.line}: ${result.problem.message}`;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `${path}: cannot be read (${code ?? message})`;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
