import { z } from 'zod';

/** RFC 9457. `type` is stable: clients may switch on it. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
});
export type Problem = z.infer<typeof problemSchema>;

/**
 * An error that a person can act on: `message` says what happened and what to do next.
 * `kind` is stable and becomes problem+json's `type`; the command line shows the message alone.
 */
export class DomainError extends Error {
  constructor(
    readonly kind: string,
    message: string,
    /** HTTP status that stands for it. */
    readonly status = 400,
  ) {
    super(message);
    this.name = 'DomainError';
  }
}
