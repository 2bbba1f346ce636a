import { z } from 'zod';
import { Refusal } from './refusal';

const HIGHEST_AMOUNT_CENTS = 100_000_000;

export const CURRENCIES = ['EUR', 'USD', 'GBP'] as const;

const amount = z.int().min(1).max(HIGHEST_AMOUNT_CENTS);

export const authoriseRequest = z.strictObject({
  amountCents: amount,
  currency: z.enum(CURRENCIES),
  cardToken: z.string().regex(/^tok_[a-z]+$/),
  reference: z.string().min(1).max(100),
  /** `manual`: held until captured. `automatic`: the bank is asked in the background and the answer is called back. */
  capture: z.enum(['manual', 'automatic']).default('manual'),
  callbackUrl: z.url({ protocol: /^https?$/ }).optional(),
});
export type AuthoriseRequest = z.infer<typeof authoriseRequest>;

export const captureRequest = z.strictObject({ amountCents: amount.optional() });
export const refundRequest = z.strictObject({ amountCents: amount });
export const feeQuery = z.strictObject({ amountCents: z.coerce.number().pipe(amount), currency: z.enum(CURRENCIES) });
export const listQuery = z.strictObject({
  reference: z.string().min(1).max(100),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
});

/** Throws a 400 that names each bad field. */
export function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input ?? {});
  if (result.success) return result.data;
  const detail = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
  throw new Refusal(400, 'bad-request', detail);
}

export function parseId(text: unknown): string {
  const id = z.uuid().safeParse(text);
  if (!id.success) throw new Refusal(400, 'bad-request', 'The id of a payment is a UUID.');
  return id.data;
}
