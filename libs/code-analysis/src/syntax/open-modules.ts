import { posix } from 'node:path';
import type { SourceFile } from '../tree/source-files';
import type { Modules } from './definitions';
import { parseModule, type ModuleSyntax } from './module-syntax';

/** A syntax tree takes about a hundred times its text: this many are kept under 1 GB for files of usual size. */
const MAX_PARSED = 4_000;

const EXTENSIONS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'] as const;

/** The files of a service as modules. `problems` grows as files are parsed. */
export function openModules(files: readonly SourceFile[], root: string, problems: string[]): Modules {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const parsed = new Map<string, ModuleSyntax | undefined>();
  return {
    get: (path) => {
      if (parsed.has(path)) return parsed.get(path);
      const file = byPath.get(path);
      if (!file) return undefined;
      if (parsed.size >= MAX_PARSED) {
        const full = `${root}: more than ${MAX_PARSED} files of one service would have to be parsed; the rest is left out`;
        if (!problems.includes(full)) problems.push(full);
        return undefined;
      }
      const result = parseModule(path, file.text);
      if ('problem' in result) problems.push(`${path}:${result.problem.line}: not read: ${result.problem.message}`);
      parsed.set(path, 'module' in result ? result.module : undefined);
      return parsed.get(path);
    },
    resolve: (from, specifier) => candidates(from, specifier, root).find((path) => byPath.has(path)),
  };
}

/** Where the file that `specifier` means could lie, likeliest first. */
export function candidates(from: string, specifier: string, root: string): string[] {
  const bases = specifier.startsWith('.')
    ? [posix.join(posix.dirname(from), specifier)]
    : // Aliases are a matter of each project's settings; these are what they nearly always come down to.
      specifier.startsWith('@/') || specifier.startsWith('~/')
      ? [posix.join(root, 'src', specifier.slice(2)), posix.join(root, specifier.slice(2))]
      : [posix.join(root, specifier), posix.join(root, 'src', specifier)];
  return bases.flatMap((base) => {
    const stem = base.replace(/\.[cm]?jsx?$/, '');
    return [
      base,
      ...EXTENSIONS.map((extension) => stem + extension),
      ...EXTENSIONS.map((extension) => base + extension),
      ...EXTENSIONS.map((extension) => posix.join(base, `index${extension}`)),
    ];
  });
}
