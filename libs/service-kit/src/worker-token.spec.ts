import { mintWorkerToken, verifyWorkerToken } from './worker-token';

const key = Buffer.alloc(32, 7);
const claims = { executionId: 'exe_1', expiresAt: 2_000 };

describe('worker token', () => {
  it('gives back what it was minted with', () => {
    expect(verifyWorkerToken(key, mintWorkerToken(key, claims), 1_000)).toEqual(claims);
  });

  it('is refused once it has expired', () => {
    const token = mintWorkerToken(key, claims);
    expect(() => verifyWorkerToken(key, token, 2_000)).toThrow(expect.objectContaining({ kind: 'worker-token-expired', status: 401 }));
  });

  it('is refused when another key made it', () => {
    const token = mintWorkerToken(Buffer.alloc(32, 8), claims);
    expect(() => verifyWorkerToken(key, token, 1_000)).toThrow(expect.objectContaining({ kind: 'worker-token-invalid' }));
  });

  it('is refused when its claims were changed under its signature', () => {
    const [prefix, , mac] = mintWorkerToken(key, claims).split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, executionId: 'exe_2' })).toString('base64url');
    expect(() => verifyWorkerToken(key, `${prefix}.${forged}.${mac}`, 1_000)).toThrow(
      expect.objectContaining({ kind: 'worker-token-invalid' }),
    );
  });

  it.each(['', 'twk1', 'twk1.x', 'other.x.y', 'twk1.' + 'x'.repeat(5_000) + '.y'])('is refused when it is no token: %.20s', (text) => {
    expect(() => verifyWorkerToken(key, text, 1_000)).toThrow(expect.objectContaining({ status: 401 }));
  });

  it('never repeats the token in the error', () => {
    const token = mintWorkerToken(Buffer.alloc(32, 8), claims);
    expect(() => verifyWorkerToken(key, token, 1_000)).not.toThrow(expect.objectContaining({ message: expect.stringContaining(token) }));
  });
});
