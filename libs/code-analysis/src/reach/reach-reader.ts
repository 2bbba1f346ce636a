import { readTree } from '../tree/source-files';
import type { ReachReader } from './reach';

/** Parsing takes about 1 ms a file. */
const MAX_SOURCES = 3_000;

/** Opens a reader of which code an endpoint runs through. Loads the TypeScript compiler when it is first asked, not before. */
export function reachReader(root: string): ReachReader {
  let opened: ReachReader | undefined;
  const reader = (): ReachReader => {
    if (!opened) {
      const { openReachReader } = require('./reach') as typeof import('./reach');
      opened = openReachReader(root);
    }
    return opened;
  };
  return {
    imports: (file) => reader().imports(file),
    from: (file, line, changed) => reader().from(file, line, changed),
    fromRoute: (method, path, files) => reader().fromRoute(method, path, files),
  };
}

/** Paths of the project's source files, for `fromRoute`: no tests, no packages, at most 3,000. */
export async function sourcePaths(root: string): Promise<string[]> {
  return (await readTree(root, { maxFiles: MAX_SOURCES })).files.map(({ path }) => path);
}
