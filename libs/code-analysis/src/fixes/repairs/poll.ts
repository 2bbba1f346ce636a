import type { Stmt } from '../code';
import { indentAt, rangeOf, shifted, sourceOf, type SourceEdit } from '../source-edit';
import { alsoImport, freeName, linesOf, pythonImport, type TestText } from './repair';

/** How long to look: what `page.waitFor` and `expect` of Playwright take without being told, rounded. */
const POLL_MS = 5_000;
/** Short beside the sleeps that it replaces, so that a healed test takes no longer: the default of `page.waitFor` is 100 ms. */
const BETWEEN_MS = 20;

export interface Poll {
  readonly text: string;
  /** Imports and the like. */
  readonly more: readonly SourceEdit[];
}

/** The statements (reads and assertions) done again until none of them fails or the time is up, by the framework's own means. Undefined where it has none that is at hand. */
export function pollOf(test: TestText, stmts: readonly Stmt[], indent: string): Poll | undefined {
  const { writing, framework } = test;
  const range = rangeOf(stmts);
  if (!range) return undefined;
  const { step, semicolon: end } = writing;
  const inner = (depth: number): string =>
    shifted(sourceOf(writing.text, range), indentAt(writing.text, range.start), indent + step.repeat(depth), writing.eol);
  const told = (lines: readonly string[]): string => linesOf(writing, indent, lines);
  if (writing.python) {
    if (framework === 'native') {
      const name = freeName(test, 'settled');
      return {
        text: told([
          `def ${name}():`,
          `${step}${inner(1)}`,
          `${step}return True`,
          '',
          `page.wait_for(${name}, timeout_ms=${POLL_MS}, interval_ms=${BETWEEN_MS})`,
        ]).replace(`${writing.eol}${indent}${writing.eol}`, writing.eol + writing.eol),
        more: [],
      };
    }
    const deadline = freeName(test, 'deadline');
    const lines = [
      `${deadline} = time.monotonic() + ${POLL_MS / 1000}`,
      'while True:',
      `${step}try:`,
      `${step}${step}${inner(2)}`,
      `${step}${step}break`,
      `${step}except AssertionError:`,
      `${step}${step}if time.monotonic() > ${deadline}:`,
      `${step}${step}${step}raise`,
      `${step}${step}time.sleep(${BETWEEN_MS / 1000})`,
    ];
    return { text: told(lines), more: pythonImport(test, 'time') };
  }
  const wrapped = (open: string, close: string, last?: string): string =>
    told([open, `${step}${inner(1)}`, ...(last ? [`${step}${last}`] : []), close]);
  if (framework === 'native')
    return {
      text: wrapped(
        'await page.waitFor(async () => {',
        `}, { timeoutMs: ${POLL_MS}, intervalMs: ${BETWEEN_MS} })${end}`,
        `return true${end}`,
      ),
      more: [],
    };
  if (framework === 'playwright')
    return { text: wrapped('await expect(async () => {', `}).toPass({ timeout: ${POLL_MS} })${end}`), more: [] };
  const vi = framework === 'vitest' ? alsoImport(test, 'vitest', 'vi') : undefined;
  if (vi) return { text: wrapped('await vi.waitFor(async () => {', `}, { timeout: ${POLL_MS} })${end}`), more: vi };
  const deadline = freeName(test, 'deadline');
  const error = freeName(test, 'error');
  const lines = [
    `for (const ${deadline} = Date.now() + ${POLL_MS}; ; ) {`,
    `${step}try {`,
    `${step}${step}${inner(2)}`,
    `${step}${step}break${end}`,
    `${step}} catch (${error}) {`,
    `${step}${step}if (Date.now() > ${deadline}) throw ${error}${end}`,
    `${step}${step}await new Promise((resolve) => setTimeout(resolve, ${BETWEEN_MS}))${end}`,
    `${step}}`,
    '}',
  ];
  return { text: told(lines), more: [] };
}
