import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isReadableTest, testReader } from '@testimony/code-analysis';
import type { DiscoveredTest } from '@testimony/frameworks';
import type { ReadTest } from './make-strategy';

const READ_AT_ONCE = 32;

/** Adds to what the frameworks found what the tests' sources say: the calls they make, also through helpers, and what they are about. */
export async function readTests(root: string, tests: readonly DiscoveredTest[], problems: string[]): Promise<ReadTest[]> {
  const worthwhile = await filesWorthReading(root, tests);
  const reader = worthwhile.size > 0 ? testReader(root) : undefined;
  const readings = new Map([...worthwhile].map((file) => [file, reader?.read(file)]));
  for (const reading of readings.values()) if (typeof reading === 'string') problems.push(reading);
  return tests.map((test) => {
    const reading = readings.get(test.file);
    const found = { test, description: test.description, calls: test.endpoints.map((endpoint) => ({ endpoint, own: true })) };
    if (reading === undefined || typeof reading === 'string') return found;
    // A native module is one test, and its whole file is what it does.
    const native = test.titlePath.length === 0;
    const calls = reading.callsAt(native ? undefined : test.line);
    return {
      test,
      description: native && saysNothing(test) ? (reading.description ?? test.description) : test.description,
      calls: calls.length > 0 ? calls : found.calls,
    };
  });
}

/**
 * Parsing 500 files costs half a second, so only those are parsed of which the framework cannot have told everything: it reads a file by itself,
 * without helpers that the file imports, other services that it names and comments.
 */
async function filesWorthReading(root: string, tests: readonly DiscoveredTest[]): Promise<Set<string>> {
  const worthwhile = new Set<string>();
  const open: DiscoveredTest[] = [];
  for (const test of tests)
    if (isReadableTest(test.file) && !test.broken) {
      if (test.endpoints.length === 0 || test.titlePath.length > 0) worthwhile.add(test.file);
      else open.push(test);
    }
  for (let at = 0; at < open.length; at += READ_AT_ONCE)
    await Promise.all(
      open.slice(at, at + READ_AT_ONCE).map(async (test) => {
        // A file that is gone by now is left to the one who runs it.
        const source = await readFile(join(root, test.file), 'utf8').catch(() => '');
        if (/['"]\.\.?\/|\.service\(/.test(source) || (saysNothing(test) && /\/[/*]/.test(source.replaceAll('://', ''))))
          worthwhile.add(test.file);
      }),
    );
  return worthwhile;
}

/** Without words of its author's, a test's description is its name again. */
function saysNothing(test: DiscoveredTest): boolean {
  return test.description === '' || test.description === test.name;
}
