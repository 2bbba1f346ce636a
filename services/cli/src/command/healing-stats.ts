import { percent } from '../terminal/plain-text';
import { say, sayData } from '../terminal/world';
import type { World } from '../terminal/world';
import type { CommonOptions } from './options';
import { withHistory } from './with-history';

/**
 * `e2e healing-stats`: what became of fixes, by pattern, and how well their confidence was said.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function healingStats(world: World, options: CommonOptions): Promise<number> {
  return withHistory(world, options, async (project, backend) => {
    const stats = await (await backend.healing()).stats(project.location.projectId);
    if (options.json) {
      sayData(world, stats);
      return 0;
    }
    const rows = stats.patterns.filter(({ proposed }) => proposed > 0);
    if (rows.length === 0) {
      say(world, 'No fix was proposed yet: "e2e autonomous-run" proposes them for flaky tests.');
      return 0;
    }
    const table = [
      ['pattern', 'proposed', 'proven', 'rejected', 'applied', 'reverted', 'said', 'held'],
      ...rows.map((row) => [
        row.pattern.replaceAll('_', ' '),
        ...[row.proposed, row.proven, row.rejected, row.applied, row.reverted].map(String),
        share(row.saidConfidence),
        share(row.held),
      ]),
    ];
    const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
    for (const row of table) {
      world.stdout.write(
        `${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}\n`,
      );
    }
    say(world, 'said: the mean confidence of fixes before they were decided; held: the share that held. Equal means well calibrated.');
    return 0;
  });
}

function share(value: number | null): string {
  return value === null ? '-' : percent(value);
}
