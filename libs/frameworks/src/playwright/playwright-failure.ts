import type { Failure } from '@testimony/contracts';
import { classOfStatus } from '@testimony/page';
import { failureOf, withoutColours, type StackView } from '../failure';
import type { EndedTest, ReportedError } from './frames';

const ERRNO = /\b(ECONNREFUSED|ECONNRESET|ECONNABORTED|ENOTFOUND|EPIPE|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b|socket hang up/;

function classOf(error: ReportedError, { status, lastStepError = '' }: EndedTest): { class: Failure['class']; code?: string } {
  const text = withoutColours(error.message ?? error.value ?? '');
  // A time limit that was met while nobody answered is a matter of who did not answer.
  const errno = ERRNO.exec(text) ?? (status === 'timedOut' ? ERRNO.exec(withoutColours(lastStepError)) : null);
  if (errno) return { class: errno[1] === 'ETIMEDOUT' ? 'timeout' : 'network', code: errno[1] ?? 'ECONNRESET' };
  // `toBeOK` lists the answers it saw, as `<- 404 Not Found`.
  const observed = /toBeOK/.test(text) ? /[\u2190]\s*(\d{3})\b/.exec(text)?.[1] : undefined;
  if (observed !== undefined) return { class: classOfStatus(Number(observed)) };
  // A poll that ran out: it says so below the comparison that did not hold.
  if (/^(?:Error: )?expect\(/.test(text) && after(text, 'Received') !== undefined) return { class: 'assertion' };
  if (status === 'timedOut' || /^(?:TimeoutError|Test timeout of)|Timeout \d+ms exceeded|Request timed out/.test(text))
    return { class: 'timeout' };
  return { class: /\bexpect\(|^AssertionError/.test(text) || (error.value === undefined && /Expected/.test(text)) ? 'assertion' : 'other' };
}

function after(text: string, label: 'Expected' | 'Received'): string | undefined {
  return new RegExp(`^\\s*${label}[^:\\n]*:\\s*(.+)$`, 'm').exec(text)?.[1]?.trim();
}

/** Playwright's report of a failed test as a failure; the first error is the cause, later ones follow from it. */
export function playwrightFailure(test: EndedTest, view: StackView, mask: (text: string) => string): Failure {
  const [error] = test.errors;
  if (!error) {
    const unexpected = test.status === 'passed';
    const message = unexpected
      ? 'the test is marked to fail (test.fail) and passed'
      : `the test ended as ${test.status} and gave no reason`;
    return { class: unexpected ? 'assertion' : test.status === 'timedOut' ? 'timeout' : 'other', message, file: test.file };
  }
  const text = withoutColours(error.message ?? error.value ?? '');
  const judged = classOf(error, test);
  const expected = after(text, 'Expected');
  const actual = after(text, 'Received');
  const facts = failureOf(
    {
      name: 'Error',
      message: text.replace(/^Error: /, ''),
      stack: withoutColours(error.stack ?? ''),
      failureClass: judged.class,
      ...(judged.code !== undefined && { code: judged.code }),
      expected,
      actual,
    },
    view,
    mask,
  );
  return { ...facts, file: facts.file ?? test.file };
}
