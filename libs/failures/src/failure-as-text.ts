import type { Failure, RequestRecord } from '@testimony/contracts';
import type { FailureToClassify } from './api';

function line(label: string, value: string | undefined, message: string): string {
  return value === undefined || (message.includes('Expected') && message.includes('Received')) ? '' : `\n${label}: ${value}`;
}

/** What is known of an attempt's failure in the classifier's words. */
export function toClassify(
  failure: Omit<Failure, 'class'>,
  requests: readonly Partial<RequestRecord>[] = [],
  logs: readonly string[] = [],
): FailureToClassify {
  const pair =
    failure.expected === undefined || failure.actual === undefined
      ? ''
      : `${line('Expected', failure.expected, failure.message)}${line('Received', failure.actual, failure.message)}`;
  return {
    text: `${failure.message}${pair}`,
    ...(failure.stack !== undefined && { stack: failure.stack }),
    ...(failure.code !== undefined && { code: failure.code }),
    logs,
    requests,
  };
}
