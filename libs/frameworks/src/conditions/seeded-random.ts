/** Mixes the state of a 32-bit counter; the constants are those of the Mulberry32 generator, which passes the usual tests of randomness. */
function mixed(state: number): number {
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}

/** Numbers from 0 up to 1 as `Math.random` gives them, the same ones for the same seed. Not for secrets. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  const next = (): number => mixed((state = (state + 0x6d2b79f5) >>> 0));
  // 53 bits, as many as a double holds.
  return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992;
}
