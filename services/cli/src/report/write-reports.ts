import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { plainText } from '../terminal/plain-text';
import { painter } from '../terminal/world';
import type { World } from '../terminal/world';
import { reportFolder } from '../project/state-folder';
import { githubAnnotations, githubSummary } from './github';
import { reportHtml } from './html/report-html';
import { junitXml } from './junit';
import { reportJson } from './report-json';
import type { ChosenReporter, ReporterName } from './reporters';
import type { RunReport } from './run-report';
import { terminalSummary } from './terminal-summary';

export interface ReportFiles {
  readonly html: string;
  readonly json: string;
  readonly junit: string;
}

/** Writes the three reports that every run leaves in the state folder. */
export async function writeStandardReports(report: RunReport, stateFolder: string): Promise<ReportFiles> {
  const folder = reportFolder(stateFolder, report.execution.id);
  const files = { html: join(folder, 'report.html'), json: join(folder, 'report.json'), junit: join(folder, 'junit.xml') };
  await writeWhole(files.html, rendered('html', report, files.html, stateFolder));
  await writeWhole(files.json, rendered('json', report, files.json, stateFolder));
  await writeWhole(files.junit, rendered('junit', report, files.junit, stateFolder));
  return files;
}

/** What the chosen reporters say once the run has ended. */
export async function report(chosen: readonly ChosenReporter[], run: RunReport, world: World, stateFolder: string): Promise<void> {
  for (const { name, file } of chosen) {
    if (file !== undefined) {
      const target = resolve(world.cwd, file);
      await writeWhole(target, rendered(name, run, target, stateFolder));
    } else if (name === 'json' || name === 'junit') {
      world.stdout.write(`${rendered(name, run, join(world.cwd, 'report'), stateFolder)}\n`);
    } else if (name === 'github') {
      for (const line of githubAnnotations(run)) world.stdout.write(`${line}\n`);
      const summary = world.environment['GITHUB_STEP_SUMMARY'];
      if (summary) await appendFile(summary, githubSummary(run));
    }
  }
}

/** A report as text. `target` is where it will stand: links to artifacts are made relative to it. */
export function rendered(name: ReporterName, run: RunReport, target: string, stateFolder: string): string {
  switch (name) {
    case 'html':
      return reportHtml(run, relative(dirname(target), join(stateFolder, 'artifacts')).split(sep).map(encodeURIComponent).join('/'));
    case 'json':
      return JSON.stringify(reportJson(run), null, 1);
    case 'junit':
      return junitXml(run);
    case 'github':
      return githubAnnotations(run).join('\n');
    case 'terminal':
    case 'line':
      return plainText(`${terminalSummary(run, { paint: painter(false) })}\n`);
  }
}

/** A reader never sees half a file: written beside, then renamed. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  await writeFile(part, text);
  await rename(part, file);
}
