import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';

/** The execution answered, and the answer was no, or again and again that it failed: trying again is of no use. */
export class DoorRefused extends Error {
  override readonly name = 'DoorRefused';

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** No answer for the whole patience. */
class DoorUnreachable extends Error {
  override readonly name = 'DoorUnreachable';
}

export interface Door {
  /** Asks until an answer comes, for `patienceMs` at most (the door's own without it; a sixth of it while the answer is a 500). Throws DoorRefused, DoorUnreachable, or the signal's reason. */
  post<T>(route: string, body: string, options?: { readonly patienceMs?: number | undefined }): Promise<T>;
  close(): void;
}

/** A restart of the execution is over by then; results stay on disk beyond it. */
const PATIENCE_MS = 60_000;
/** Of the patience, for an execution that answers and each time says that it failed (500): it is there, so waiting for it to come back is of less use. */
const FAULTY_SHARE = 1 / 6;
/** Statuses of whoever stands before an execution that is away. */
const AWAY = new Set([502, 503, 504]);
const REQUEST_TIMEOUT_MS = 20_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** Replies are small: the largest is a lease of 32 items. */
const MAX_REPLY_BYTES = 16 * 1024 * 1024;
const MAX_REFUSAL_CHARACTERS = 500;

/** The way to the execution's worker door: one keep-alive client for all slots. */
export function openDoor(executionUrl: string, token: string, signal: AbortSignal, patienceMs = PATIENCE_MS): Door {
  const base = new URL('worker/v1/', executionUrl.endsWith('/') ? executionUrl : `${executionUrl}/`);
  const secure = base.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const send = secure ? httpsRequest : httpRequest;

  const once = (route: string, body: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const call = send(
        new URL(route, base),
        {
          method: 'POST',
          agent,
          signal,
          timeout: REQUEST_TIMEOUT_MS,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        },
        (reply) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          reply.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > MAX_REPLY_BYTES) reply.destroy(new Error('the reply is too large'));
            else chunks.push(chunk);
          });
          reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
          reply.on('error', reject);
        },
      );
      call.on('timeout', () => call.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`)));
      call.on('error', reject);
      call.end(body);
    });

  return {
    async post<T>(route: string, body: string, options: { readonly patienceMs?: number | undefined } = {}): Promise<T> {
      const patience = options.patienceMs ?? patienceMs;
      const began = performance.now();
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        let trouble: string;
        let fault: DoorRefused | undefined;
        try {
          const { status, text } = await once(route, body);
          if (status === 200) return JSON.parse(text) as T;
          if (status < 500) throw new DoorRefused(`the execution refused ${route} (${status}): ${detailOf(text)}`, status);
          trouble = `status ${status}`;
          if (!AWAY.has(status)) fault = new DoorRefused(`the execution failed at ${route} (${status}): ${detailOf(text)}`, status);
        } catch (error) {
          if (signal.aborted || error instanceof DoorRefused) throw error;
          const { code, message } = error as { code?: string; message?: string };
          trouble = code ?? message ?? String(error);
        }
        const waited = performance.now() - began + pauseMs;
        if (fault && waited > patience * FAULTY_SHARE) throw fault;
        if (waited > patience) {
          throw new DoorUnreachable(`the execution at ${base.origin} did not answer ${route} for ${patience} ms (${trouble})`);
        }
        await pause(pauseMs, undefined, { signal });
      }
    },
    close: () => agent.destroy(),
  };
}

/** The sentence of a problem+json document, or the start of whatever came. */
function detailOf(text: string): string {
  let detail: unknown;
  try {
    detail = (JSON.parse(text) as { detail?: unknown }).detail;
  } catch {
    // Not JSON: a proxy's page, perhaps. Its text is said as it is.
  }
  return (typeof detail === 'string' ? detail : text).slice(0, MAX_REFUSAL_CHARACTERS);
}
