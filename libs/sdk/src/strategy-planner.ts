import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { testStrategySchema } from '@testimony/contracts';
import type { TestStrategy } from '@testimony/contracts';
import { callProgram } from './program';
import type { ProgramOptions } from './program';
import { TestimonyError } from './testimony-error';

export interface StrategyRequest {
  readonly name: string;
  readonly description?: string;
  /** Only tests of these services; all without. */
  readonly targetServices?: readonly string[];
}

/** Plans the tests of a project: reads its sources, finds its tests and orders them by risk. */
export class StrategyPlanner {
  /** `directory`: the project's folder, which holds `e2e.conf`. */
  constructor(
    private readonly directory: string,
    private readonly options: ProgramOptions = {},
  ) {}

  /** Throws a TestimonyError with the program's sentence, e.g. exit code 4 when there is nothing to plan. */
  async generateStrategy(request: StrategyRequest): Promise<TestStrategy> {
    // The program writes each plan to a folder; whether this one is kept is the caller's to say, with saveStrategy.
    const folder = await mkdtemp(join(tmpdir(), 'testimony-plan-'));
    try {
      let strategy: TestStrategy | undefined;
      const services = request.targetServices ?? [];
      const { exitCode, words } = await callProgram(this.options, {
        args: [
          'plan-strategy',
          `--project=${resolve(this.directory)}`,
          `--name=${request.name}`,
          `--description=${request.description ?? ''}`,
          ...(services.length > 0 ? [`--services=${services.join(',')}`] : []),
          `--output=${folder}`,
        ],
        onData: (data) => {
          strategy = testStrategySchema.parse((data as { strategy?: unknown }).strategy);
        },
      });
      if (exitCode !== 0 || strategy === undefined) throw new TestimonyError(words || 'The program ended without a strategy.', exitCode);
      return strategy;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Writes `<id>.json` and `latest.txt` to a folder (default: `strategies` of the project). Returns the strategy's file. */
  async saveStrategy(strategy: TestStrategy, folder: string = join(this.directory, 'strategies')): Promise<string> {
    await mkdir(folder, { recursive: true });
    const file = resolve(folder, `${strategy.id}.json`);
    await writeWhole(file, `${JSON.stringify(strategy, null, 2)}\n`);
    await writeWhole(resolve(folder, 'latest.txt'), strategy.id);
    return file;
  }
}

/** A reader never sees half a file. */
async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  await writeFile(part, text);
  await rename(part, file);
}
