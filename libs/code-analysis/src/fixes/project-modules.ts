import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { MAX_FILE_BYTES } from '../tree/source-files';
import type { CodeModule } from './code';
import { readCode } from './read-code';

/** Gives the module that a file of the project imports; undefined for packages, for what is not there and for what does not parse. */
export type ImportReader = (source: string) => CodeModule | undefined;

const ENDINGS = ['', '.ts', '.js', '.mjs', '.mts', '.cjs', '.tsx', '.jsx', '/index.ts', '/index.js'];

/** Without a root nothing is read. */
export function importReader(root: string | undefined, file: string): ImportReader {
  if (root === undefined) return () => undefined;
  const from = resolve(root, file);
  return (source) => {
    const path = file.endsWith('.py') ? pythonPath(from, source) : scriptPath(from, source);
    if (!path || relative(root, path).startsWith('..') || path.includes(`${sep}node_modules${sep}`)) return undefined;
    if (statSync(path).size > MAX_FILE_BYTES) return undefined;
    const [module] = readCode(path, [readFileSync(path, 'utf8')]);
    return typeof module === 'object' ? module : undefined;
  };
}

function scriptPath(from: string, source: string): string | undefined {
  if (!source.startsWith('.')) return undefined;
  const base = join(dirname(from), source);
  const stems = [base, base.replace(/\.[cm]?js$/, '')];
  return stems.flatMap((stem) => ENDINGS.map((ending) => stem + ending)).find((path) => existsSync(path) && statSync(path).isFile());
}

/** Beside the test, as the native runner and pytest both find it. */
function pythonPath(from: string, source: string): string | undefined {
  const path = join(dirname(from), `${source.replace(/^\./, '').replaceAll('.', '/')}.py`);
  return existsSync(path) ? path : undefined;
}
