import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { DomainError } from '@testimony/contracts';

const CONFIG_NAMES = ['ts', 'js', 'mjs', 'cjs', 'mts', 'cts'].map((extension) => `playwright.config.${extension}`);

/** `libs/frameworks`, from its source as from its build. */
const REPORTER = resolve(__dirname, '..', '..', 'dist', 'playwright', 'reporter.js');

/** The project's Playwright configuration, project-relative. Without one a project does not use Playwright Test. */
export function playwrightConfig(root: string): string | undefined {
  return CONFIG_NAMES.find((name) => existsSync(join(root, name)));
}

/** The command line of the Playwright Test that the project has installed. */
export function playwrightCli(root: string): string | undefined {
  try {
    return join(dirname(createRequire(join(root, 'package.json')).resolve('@playwright/test/package.json')), 'cli.js');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The file that Playwright loads to report to us. */
export function reporterFile(): string {
  if (existsSync(REPORTER)) return REPORTER;
  throw new DomainError(
    'not_built',
    `The Playwright reporter is missing at ${REPORTER}: build it with 'npm run build -w libs/frameworks'`,
    500,
  );
}

export const NOT_INSTALLED = 'needs @playwright/test, which the project has not installed: run npm install --save-dev @playwright/test';
