import { readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Modules } from '../syntax/definitions';
import { parseModule, type ModuleSyntax } from '../syntax/module-syntax';
import { candidates } from '../syntax/open-modules';
import { MAX_FILE_BYTES } from '../tree/source-files';

/** What one endpoint runs through is a part of a service; beyond this it would be all of it. */
const MAX_PARSED = 2_000;
const SCRIPT = /\.[cm]?[jt]sx?$/;

/** The project's modules, each read from the disk when something leads to it. Files outside the project and packages are none. */
export function lazyModules(root: string): Modules {
  const parsed = new Map<string, ModuleSyntax | undefined>();
  const isFile = (path: string): boolean => {
    if (path.startsWith('../') || posix.isAbsolute(path) || path.includes('node_modules/')) return false;
    const entry = statSync(join(root, path), { throwIfNoEntry: false });
    return entry !== undefined && entry.isFile() && entry.size <= MAX_FILE_BYTES;
  };
  return {
    get: (path) => {
      if (parsed.has(path)) return parsed.get(path);
      if (parsed.size >= MAX_PARSED || !SCRIPT.test(path) || !isFile(path)) return undefined;
      const result = parseModule(path, readFileSync(join(root, path), 'utf8'));
      const module = 'module' in result ? result.module : undefined;
      parsed.set(path, module);
      return module;
    },
    resolve: (from, specifier) =>
      specifier.startsWith('.') || /^[@~]\//.test(specifier)
        ? candidates(from, specifier, sourceRootOf(from)).find((path) => SCRIPT.test(path) && isFile(path))
        : undefined,
  };
}

/** The folder that `@/` means, by custom: the one that holds `src`. */
function sourceRootOf(path: string): string {
  const at = path.lastIndexOf('/src/');
  return at >= 0 ? path.slice(0, at) : path.startsWith('src/') ? '.' : posix.dirname(path);
}
