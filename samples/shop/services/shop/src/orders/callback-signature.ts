import { createHmac, timingSafeEqual } from 'node:crypto';

/** A callback older than this is a replay. */
const TOLERANCE_SECONDS = 300;

/** As of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, in base64, after `v1,`. */
export function signatureIsGood(
  headers: { id?: string | undefined; timestamp?: string | undefined; signature?: string | undefined },
  body: Buffer,
  secret: string,
  now: Date,
): boolean {
  const { id, timestamp, signature } = headers;
  if (!id || !timestamp || !signature) return false;
  if (!(Math.abs(now.getTime() / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) return false;
  const expected = Buffer.from(`v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
