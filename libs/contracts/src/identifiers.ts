import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function base32(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest >>= 5n) text = ALPHABET[Number(rest & 31n)] + text;
  return text;
}

/** A new identifier such as `exe_01jd9x2m4k7q8w3e5r6t`: its first ten characters are the time, so that ids sort by age; the last ten are 50 random bits. */
export function newId(prefix: 'str' | 'exe' | 'wrk' | 'evt' | 'lea' | 'fix' | 'clu', now: number = Date.now()): string {
  return `${prefix}_${base32(BigInt(now), 10)}${base32(randomBytes(8).readBigUInt64BE(), 10)}`;
}
