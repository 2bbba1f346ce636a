import type { Framework } from '../framework';
import { discoverPlaywright } from './discovery';
import { PLAYWRIGHT_CONDITIONS, playwrightSession } from './session';

/**
 * Playwright Test as the project has it installed. The base URL of a test's service reaches it as Playwright's own default for
 * `use.baseURL`, so a configuration that names one keeps it; every service's is in TESTIMONY_BASE_URL_<NAME> too.
 */
export const playwrightFramework: Framework = {
  name: 'playwright',
  conditions: PLAYWRIGHT_CONDITIONS,
  discover: discoverPlaywright,
  open: playwrightSession,
};
