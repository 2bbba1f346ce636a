import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const TRIES = 6;
const FIRST_PAUSE_MS = 100;
const TIMEOUT_MS = 5_000;

/** Tells the merchant how a payment ended. Signed as Standard Webhooks; the same id on each try. Gives up after `TRIES`. */
export async function callBack(url: string, body: object, secret: string): Promise<void> {
  const id = `msg_${randomUUID()}`;
  const text = JSON.stringify(body);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await delay(FIRST_PAUSE_MS * 2 ** attempt, undefined, { ref: false });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${text}`).digest('base64')}`;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': signature,
        },
        body: text,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.ok) return;
    } catch {
      // Not reachable: the next try, or the message below.
    }
  }
  console.error(`callback to ${url} given up after ${TRIES} tries`);
}
