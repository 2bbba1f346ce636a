import type { TestReader } from './open-test-reader';

/** Extensions of the tests that can be read without running them. */
const READABLE = /\.[cm]?[jt]sx?$/;

/** True for a test whose source can be read for its calls. */
export function isReadableTest(file: string): boolean {
  return READABLE.test(file);
}

/** Opens a reader for the tests of a project. Loads the TypeScript compiler (0.2 s of CPU, 60 MB), so open it when there is a test to read. */
export function testReader(root: string): TestReader {
  const { openTestReader } = require('./open-test-reader') as typeof import('./open-test-reader');
  return openTestReader(root);
}
