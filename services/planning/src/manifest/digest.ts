import { createHash } from 'node:crypto';
import type { Manifest } from '@testimony/contracts';

/** sha256 over the source hashes: two manifests of the same sources have the same digest. */
export function digestOf(manifest: Manifest): string {
  const hash = createHash('sha256');
  for (const [file, sum] of Object.entries(manifest.source_hashes).sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${file}\n${sum}\n`);
  return hash.digest('hex');
}
