import { AssertionError, NetworkError, PageUsageError, RequestTimeoutError, type FailureClass } from './failure';
import { shown } from './response';

export interface WaitOptions {
  /** How long to try; 5,000 without it. */
  readonly timeoutMs?: number;
  /** Between two tries; 100 without it. */
  readonly intervalMs?: number;
  /** What is waited for, in words: 'the order is shipped'. */
  readonly message?: string;
}

/**
 * Calls `condition` until it gives something truthy, and gives that. An error counts as 'not yet', so that assertions may stand
 * inside. At the deadline the test fails with the last value or error, also while a call hangs.
 */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions = {}): Promise<T> {
  if (typeof condition !== 'function') throw new PageUsageError('waitFor needs a function: page.waitFor(() => ...)');
  const { timeoutMs = 5000, intervalMs = 100 } = options;
  const deadline = performance.now() + timeoutMs;
  let tries = 0;
  let last: { readonly value?: unknown; readonly error?: unknown } = {};
  for (;;) {
    tries += 1;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, Math.max(1, deadline - performance.now()), 'late');
    });
    try {
      const settled = await Promise.race([Promise.resolve(condition()).then((value) => ({ value })), late]);
      if (settled === 'late') break;
      if (settled.value) return settled.value;
      last = settled;
    } catch (error) {
      last = { error };
    } finally {
      clearTimeout(timer);
    }
    if (performance.now() + intervalMs >= deadline) break;
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  const cause = 'error' in last ? causeOf(last.error) : undefined;
  const said =
    'error' in last
      ? `the last try failed: ${last.error instanceof Error ? last.error.message : String(last.error)}`
      : 'value' in last
        ? `the last value was ${shown(last.value)}`
        : 'the first try never came back';
  const late = new AssertionError(
    `waited ${timeoutMs} ms for ${options.message ?? 'a condition'} (${tries} ${tries === 1 ? 'try' : 'tries'}); ${said}`,
    {
      expected: options.message ?? 'a truthy value',
      actual: 'error' in last ? String(last.error) : last.value,
      failureClass: cause?.failureClass ?? ('error' in last || 'value' in last ? 'assertion' : 'timeout'),
    },
  );
  throw cause?.unanswered ? Object.assign(late, cause.unanswered) : late;
}

interface Cause {
  readonly failureClass: FailureClass;
  /** Of a try that got no answer. */
  readonly unanswered?: { readonly code: string; readonly url?: string };
}

/** Errnos of a connection that did not come about or broke, which other clients hide some causes deep. */
const NO_ANSWER = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
const DEEPEST_CAUSE = 5;

/** What the last try failed of is what the waiting failed of: nobody there, a status, a call that was written wrongly. */
function causeOf(error: unknown): Cause | undefined {
  if (error instanceof NetworkError || error instanceof RequestTimeoutError)
    return { failureClass: error.failureClass, unanswered: { code: error.code, url: error.url } };
  if (error instanceof AssertionError || error instanceof PageUsageError) return { failureClass: error.failureClass };
  let at: unknown = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && at instanceof Error; depth += 1) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && NO_ANSWER.has(code)) return { failureClass: 'network', unanswered: { code } };
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return undefined;
}
