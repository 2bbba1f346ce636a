// Planted fixes against the guards that read (an edit's kind, the strength of assertions). What they let pass is left to the guards that run tests, and listed.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { share } from '../figures.mjs';
import { root, writeLab } from '../product.mjs';

const require = createRequire(import.meta.url);

export async function measure({ seeds, tell }) {
  const { editObjection } = require(join(root, 'libs/code-analysis/src/fixes/edit-objection.ts'));
  const { assertionObjection } = require(join(root, 'libs/code-analysis/src/fixes/assertion-objection.ts'));
  const bad = { rejected: 0, of: 0 };
  const good = { rejected: 0, of: 0 };
  const kinds = new Map();
  const notes = [];
  for (const seed of seeds) {
    const folder = mkdtempSync(join(tmpdir(), 'testimony-bench-lab-'));
    try {
      const { fixes } = writeLab({ seed, folder, mix: { tests: 120, everyShape: 0.2, regressions: 0.25, intermittent: 0.05 } });
      for (const fix of fixes) {
        // A good fix that changes a helper only is not one of this module's text.
        if (fix.after === fix.before) continue;
        const objection = editObjection(fix.before, fix.after, fix.file) ?? assertionObjection(fix.before, fix.after, fix.file);
        tell(`${fix.id}: ${objection ?? '-'}`);
        const side = fix.good ? good : bad;
        side.of += 1;
        if (objection !== undefined) side.rejected += 1;
        const kind = kinds.get(fix.kind) ?? { rejected: 0, of: 0 };
        kinds.set(fix.kind, { rejected: kind.rejected + (objection === undefined ? 0 : 1), of: kind.of + 1 });
        if (fix.good === (objection !== undefined)) notes.push(`seed ${seed}: ${fix.id} ${fix.pattern ?? ''}: ${objection ?? 'let pass'}`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return {
    figures: [
      share('bad fixes rejected by reading alone', bad.rejected, bad.of, '>= 0.99'),
      share('good fixes rejected', good.rejected, good.of, '<= 0.05'),
      ...[...kinds].map(([kind, { rejected, of }]) => share(`... ${kind}`, rejected, of)),
    ],
    notes: notes.slice(0, 80),
  };
}
