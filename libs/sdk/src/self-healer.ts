import { resolve } from 'node:path';
import { flakyAnalysisSchema, healingStatsSchema } from '@testimony/contracts';
import type { FlakyAnalysis, HealingStats } from '@testimony/contracts';
import { callForOne } from './program';
import type { ProgramOptions } from './program';
import { TestimonyError } from './testimony-error';

/** What is found in one test file: `{ file, findings, problem? }`. */
export type TestFileAnalysis = FlakyAnalysis['files'][number];

/** Finds what makes tests flaky, and tells what became of fixes. */
export class SelfHealer {
  /** `directory`: the project's folder. */
  constructor(
    private readonly directory: string,
    private readonly options: ProgramOptions = {},
  ) {}

  /** Reads one test file (a path from the current folder) for what can make it flaky; runs nothing. Throws a TestimonyError for a file that cannot be read or lies outside the project. */
  async analyzeTestFile(file: string): Promise<TestFileAnalysis> {
    const args = ['analyze-flaky', `--project=${resolve(this.directory)}`, `--test-file=${resolve(file)}`];
    const [analysis] = flakyAnalysisSchema.parse(await callForOne(this.options, args)).files;
    if (!analysis) throw new TestimonyError(`The program said nothing of ${file}.`, null);
    return analysis;
  }

  /** What became of fixes, by pattern, with how well their confidence was said. */
  async getHealingStats(): Promise<HealingStats> {
    return healingStatsSchema.parse(await callForOne(this.options, ['healing-stats', `--project=${resolve(this.directory)}`]));
  }
}
