// Failure classes on texts of real frameworks and drivers: measured by the script beside them, on combinations that learning has not seen.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, '../classes/measure.mjs');

export function measure() {
  if (!existsSync(SCRIPT)) throw new Error('classes/measure.mjs is missing');
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`classes/measure.mjs ended with ${status}: ${stderr.slice(-1500)}`);
  return { figures: [], notes: stdout.trimEnd().split('\n') };
}
