import { relative, resolve } from 'node:path';
import { DomainError } from '@testimony/contracts';
import { nearest } from '../configuration/describe-issue';
import { REPORTERS } from '../report/reporters';
import type { ReporterName } from '../report/reporters';
import { reportJson } from '../report/report-json';
import { terminalSummary } from '../report/terminal-summary';
import { rendered, writeStandardReports, writeWhole } from '../report/write-reports';
import { painter, say, sayData, wantsColour } from '../terminal/world';
import type { World } from '../terminal/world';
import { findExecution, storedReport } from './find-execution';
import type { CommonOptions } from './options';
import { withHistory } from './with-history';

const FORMATS = REPORTERS.filter((name) => name !== 'line' && name !== 'github');

interface ReportOptions extends CommonOptions {
  readonly format?: string;
  readonly output?: string;
}

/**
 * `e2e report [EXECUTION]`: the report of an execution again, in any format; of the newest without an id.
 * @public Loaded by its name when it is called (program.ts).
 */
export async function reportAgain(world: World, execution: string | undefined, options: ReportOptions): Promise<number> {
  const format = formatOf(options.format ?? (options.json ? 'json' : 'terminal'));
  return withHistory(world, options, async (project, backend) => {
    const found = await findExecution(backend, project.location.projectId, execution);
    const run = await storedReport(world, project, backend, found);
    if (options.output !== undefined) {
      const file = resolve(world.cwd, options.output);
      await writeWhole(file, rendered(format, run, file, project.stateFolder));
      say(world, `Written to ${options.output}.`);
    } else if (format === 'json') {
      sayData(world, reportJson(run));
    } else if (format === 'terminal') {
      const files = await writeStandardReports(run, project.stateFolder);
      world.stdout.write(
        `${terminalSummary(run, { paint: painter(wantsColour(world.environment, world.stdout)), htmlFile: relative(world.cwd, files.html) })}\n`,
      );
    } else if (format === 'html') {
      const files = await writeStandardReports(run, project.stateFolder);
      world.stdout.write(`${files.html}\n`);
    } else {
      world.stdout.write(`${rendered(format, run, resolve(world.cwd, 'report'), project.stateFolder)}\n`);
    }
    return 0;
  });
}

function formatOf(text: string): ReporterName {
  const format = FORMATS.find((name) => name === text);
  if (format) return format;
  const guess = nearest(text, FORMATS);
  throw new DomainError(
    'format-unknown',
    `There is no format "${text}": ${guess ? `did you mean "${guess}"?` : `choose among ${FORMATS.join(', ')}.`}`,
  );
}
