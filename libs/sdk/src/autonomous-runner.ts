import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { testExecutionSchema } from '@testimony/contracts';
import type { Configuration, TestExecution, TestStrategy } from '@testimony/contracts';
import { callProgram } from './program';
import type { ProgramOptions } from './program';
import { TestimonyError } from './testimony-error';

/** The settings of `general` in `e2e.conf`, by the names they have there (snake_case); stronger than the file. */
export type OrchestratorConfig = Partial<Configuration['general']>;

/** Where tests find a service and what is sent with each of their requests; what is left out comes from `e2e.conf`. */
export interface ServiceContext {
  readonly baseUrl?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Called once for each service of the strategy before the run. */
export type ContextFactory = (service: string) => ServiceContext | Promise<ServiceContext>;

/** What the program says last: the verdicts stand in the file it names. */
const reportedSchema = z.object({ kind: z.literal('reported'), files: z.object({ json: z.string() }) });

/** Runs strategies: executes, retries with a reason, decides. */
export class AutonomousRunner {
  /** `directory`: the project's folder, which holds `e2e.conf`. */
  constructor(
    private readonly directory: string,
    private readonly config: OrchestratorConfig = {},
    private readonly options: ProgramOptions = {},
  ) {}

  /**
   * Runs every test of the strategy and returns the execution with all verdicts, also when tests failed or were lost:
   * its `status` says so. Throws a TestimonyError when it could not be run at all.
   */
  async runStrategy(strategy: TestStrategy, contextFactory?: ContextFactory): Promise<TestExecution> {
    const targets = contextFactory === undefined ? undefined : await contexts(strategy, contextFactory);
    const folder = await mkdtemp(join(tmpdir(), 'testimony-run-'));
    try {
      const file = join(folder, 'strategy.json');
      await writeFile(file, JSON.stringify(strategy), { mode: 0o600 });
      let report: string | undefined;
      const { exitCode, words } = await callProgram(this.options, {
        args: [
          'autonomous-run',
          `--project=${resolve(this.directory)}`,
          `--strategy-id=${file}`,
          ...(targets === undefined ? [] : ['--targets-from=-']),
        ],
        environment: environmentOf(this.config),
        ...(targets === undefined ? {} : { input: JSON.stringify(targets) }),
        onData: (data) => {
          report = reportedSchema.safeParse(data).data?.files.json ?? report;
        },
      });
      if (report === undefined) throw new TestimonyError(words || 'The program ended without a report.', exitCode);
      const document = z.object({ execution: testExecutionSchema }).parse(JSON.parse(await readFile(report, 'utf8')));
      return document.execution;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function contexts(strategy: TestStrategy, contextFactory: ContextFactory): Promise<Record<string, ServiceContext>> {
  const services = [...new Set(strategy.testCases.map(({ service }) => service))];
  return Object.fromEntries(await Promise.all(services.map(async (service) => [service, await contextFactory(service)] as const)));
}

/** The program takes every setting from `E2E_<KEY>`. */
function environmentOf(config: OrchestratorConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => (value === undefined ? [] : [[`E2E_${key.toUpperCase()}`, String(value)]])),
  );
}
