import type { Classification, RequestRecord } from '@testimony/contracts';

/** All that is known of a failure. Only `text` is needed; structured facts count before words. */
export interface FailureToClassify {
  /** The error's message, or the whole output about it. */
  readonly text: string;
  readonly stack?: string;
  /** An errno, SQLSTATE or a framework's code. */
  readonly code?: string;
  readonly logs?: string | readonly string[];
  readonly requests?: readonly Partial<RequestRecord>[];
}

export type ClassifyFailure = (failure: FailureToClassify) => Classification;
