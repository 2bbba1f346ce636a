import { DomainError } from '@testimony/contracts';
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a worker token allows: to work for one execution, until `expiresAt` (ms since 1970). */
export interface WorkerClaims {
  readonly executionId: string;
  readonly expiresAt: number;
}

const PREFIX = 'twk1';

function signature(key: Buffer, payload: string): Buffer {
  return createHmac('sha256', key).update(`${PREFIX}.${payload}`).digest();
}

/** Makes the token that the runner gives a worker. `key` is shared by runner and execution, 32 random bytes. */
export function mintWorkerToken(key: Buffer, claims: WorkerClaims): string {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${PREFIX}.${payload}.${signature(key, payload).toString('base64url')}`;
}

/** Throws a DomainError (401) that says which part is wrong, never what the token was. */
export function verifyWorkerToken(key: Buffer, token: string, now: number): WorkerClaims {
  const [prefix, payload, mac] = token.length <= 2048 ? token.split('.') : [];
  if (prefix !== PREFIX || payload === undefined || mac === undefined) {
    throw new DomainError(
      'worker-token-malformed',
      'The worker token is malformed: a worker gets its token from the runner that starts it.',
      401,
    );
  }
  const given = Buffer.from(mac, 'base64url');
  const right = signature(key, payload);
  if (given.length !== right.length || !timingSafeEqual(given, right)) {
    throw new DomainError('worker-token-invalid', 'The worker token was not made by this installation.', 401);
  }
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as WorkerClaims;
  if (claims.expiresAt <= now)
    throw new DomainError('worker-token-expired', 'The worker token has expired; the runner must start a new worker.', 401);
  return claims;
}
