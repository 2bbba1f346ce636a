import { DomainError } from '@testimony/contracts';
import type { Summary } from '@testimony/contracts';
import { say, sayData } from '../terminal/world';
import type { World } from '../terminal/world';
import type { CommonOptions } from './options';
import { withHistory } from './with-history';

const MOST_ROWS = 1000;

/**
 * `e2e list`: the project's executions, the newest first.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function list(world: World, options: CommonOptions & { readonly limit: string }): Promise<number> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROWS) {
    throw new DomainError('option-invalid', `--limit ${options.limit}: it must be a whole number from 1 to ${MOST_ROWS}.`);
  }
  return withHistory(world, options, async (project, backend) => {
    const rows = await backend.executions.list(project.location.projectId, limit);
    if (options.json) {
      sayData(world, rows);
      return 0;
    }
    for (const row of rows) {
      world.stdout.write(
        `${row.id}  ${row.requestedAt.toISOString().slice(0, 19)}Z  ${row.status.padEnd(9)}  ${inWords(row.summary)}  ${row.strategyName}\n`,
      );
    }
    if (rows.length === 0) say(world, 'No execution yet: run "e2e autonomous-run".');
    return 0;
  });
}

function inWords(summary: Summary): string {
  const parts = (['passed', 'failed', 'flaky', 'healed', 'skipped', 'lost'] as const).flatMap((status) =>
    summary[status] > 0 ? [`${summary[status]} ${status}`] : [],
  );
  return `${summary.total} planned${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`;
}
