import type { FlakeReader } from './api';

/** Extensions of the tests whose source is read for what makes them flaky. */
const READABLE = /\.([cm]?[jt]sx?|py)$/;

/** True for a test file that a flake reader can read. */
export function isFlakeReadable(file: string): boolean {
  return READABLE.test(file);
}

/** Opens a reader of what can make tests flaky. Loads the TypeScript compiler when it reads its first file, not before. */
export function flakeReader(root: string): FlakeReader {
  let opened: FlakeReader | undefined;
  return {
    read: (files) => {
      if (!opened) {
        const { openFlakeReader } = require('./open-flake-reader') as typeof import('./open-flake-reader');
        opened = openFlakeReader(root);
      }
      return opened.read(files);
    },
    sources: () => opened?.sources() ?? [],
  };
}
