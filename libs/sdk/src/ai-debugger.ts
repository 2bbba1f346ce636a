import { resolve } from 'node:path';
import { debugReportSchema } from '@testimony/contracts';
import type { DebugReport } from '@testimony/contracts';
import { callForOne } from './program';
import type { ProgramOptions } from './program';

/** Explains why tests of an execution did not pass. */
export class AIDebugger {
  /** `directory`: the project's folder, which holds `e2e.conf`. */
  constructor(
    private readonly directory: string,
    private readonly options: ProgramOptions = {},
  ) {}

  /** Of every test that failed, was flaky or lost: its class, ranked causes with their evidence, and suggestions. The newest execution without an id. */
  async getDebugReport(executionId?: string): Promise<DebugReport> {
    const of = executionId === undefined ? [] : [`--execution-id=${executionId}`];
    return debugReportSchema.parse(await callForOne(this.options, ['debug-execution', `--project=${resolve(this.directory)}`, ...of]));
  }
}
