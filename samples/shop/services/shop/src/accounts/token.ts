import { jwtVerify, SignJWT } from 'jose';
import type { Identity } from './access';

const ISSUER = 'shop';

/** Signs a token that is good for `ttlSeconds`. */
export function issueToken(identity: Identity, ttlSeconds: number, secret: string): Promise<string> {
  return new SignJWT({ email: identity.email, role: identity.role })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(ISSUER)
    .setSubject(identity.id)
    .setIssuedAt()
    .setExpirationTime(`${ttlSeconds}s`)
    .sign(new TextEncoder().encode(secret));
}

/** Undefined for a token that is forged, expired or of another issuer. */
export async function readToken(token: string, secret: string): Promise<Identity | undefined> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), { issuer: ISSUER, algorithms: ['HS256'] });
    const { sub, email, role } = payload as { sub?: string; email?: string; role?: string };
    return sub && email && (role === 'customer' || role === 'admin') ? { id: sub, email, role } : undefined;
  } catch {
    // Why a token is bad is nobody's business but the holder of the key.
    return undefined;
  }
}
