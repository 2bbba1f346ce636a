import { relative, resolve } from 'node:path';
import { DomainError } from '@testimony/contracts';
import { nearest } from '../configuration/describe-issue';
import { openProject } from '../project/open-project';
import { findStrategy } from '../project/strategies';
import { REPORTERS } from '../report/reporters';
import type { ReporterName } from '../report/reporters';
import type { RunReport } from '../report/run-report';
import { reportJson } from '../report/report-json';
import { terminalSummary } from '../report/terminal-summary';
import { rendered, writeStandardReports, writeWhole } from '../report/write-reports';
import { painter, say, sayData, wantsColour } from '../terminal/world';
import type { World } from '../terminal/world';
import type { CommonOptions } from './options';

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
  const project = await openProject(world, { ...options, unsetVariablesLeftOut: true });
  const backend = await world.open(project.location, {
    stateFolder: project.stateFolder,
    secrets: project.loaded.secrets,
    targets: {},
    verbose: options.verbose ?? false,
  });
  try {
    const { projectId, name } = project.location;
    const id = execution ?? (await backend.executions.list(projectId, 1))[0]?.id;
    if (id === undefined) {
      throw new DomainError('execution-unknown', 'This project has no execution yet: run "e2e autonomous-run".', 404);
    }
    const found = await backend.executions.get(id);
    const run: RunReport = {
      project: { id: projectId, name },
      strategy: await findStrategy(backend.planning, project, world.cwd, found.strategyId),
      execution: found,
      problems: [],
      generatedAt: new Date().toISOString(),
    };
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
  } finally {
    await backend.close();
  }
  return 0;
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
