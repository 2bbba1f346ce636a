import type { Attempt, Failure } from '@testimony/contracts';

const LONGEST = 300;

/** A failure without what differs from run to run: numbers, identifiers, quoted values, times. Equal for two failures of one kind. */
export function signatureOf(failure: Pick<Failure, 'class' | 'message'>): string {
  const message = failure.message
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gi, '#')
    .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z?/g, '#')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, '#')
    .replace(/\d+(?:\.\d+)?/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST);
  return `${failure.class}: ${message}`;
}

/** Whether a later failure is one of the earlier kinds. A fix that waits quotes the last failure inside its own, so either may contain the other. */
export function isSameFailure(later: Pick<Failure, 'class' | 'message'>, signatures: readonly string[]): boolean {
  const words = (signature: string): string => signature.slice(signature.indexOf(': ') + 2);
  const found = signatureOf(later);
  return signatures.some((one) => one === found || (words(one).length > 0 && words(found).includes(words(one))));
}

export function signaturesOf(attempts: readonly (Attempt | undefined)[]): string[] {
  const all = attempts.flatMap((attempt) => (attempt?.failure ? [signatureOf(attempt.failure)] : []));
  return [...new Set(all)].slice(0, 10);
}
