import type { Command } from 'commander';

/** Options that every command takes. */
export interface CommonOptions {
  readonly project?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export function withCommonOptions(command: Command): Command {
  return command
    .option('-p, --project <dir>', 'folder of the project (default: the nearest one with an e2e.conf)')
    .option('--json', 'data on stdout as JSON (NDJSON where it is a stream)')
    .option('-v, --verbose', 'say more, and where an error came from');
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** `a,b` given once or several times. */
export function collectNames(value: string, before: readonly string[] = []): string[] {
  return [
    ...before,
    ...value
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ];
}

/** Help's last part. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
