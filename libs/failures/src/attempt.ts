import type { Classification, Failure, RequestRecord } from '@testimony/contracts';
import { classifyFailure } from './classify';
import { toClassify } from './failure-as-text';

/** The class of what an attempt ended with: its failure's facts (not the class that it carries already), the requests it made, the lines it printed. */
export function classifyAttempt(
  failure: Omit<Failure, 'class'>,
  requests: readonly Partial<RequestRecord>[] = [],
  logs: readonly string[] = [],
): Classification {
  return classifyFailure(toClassify(failure, requests, logs));
}
