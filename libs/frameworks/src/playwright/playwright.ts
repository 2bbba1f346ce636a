import type { Framework } from '../framework';
import { discoverPlaywright } from './discovery';
import { playwrightSession } from './session';

/**
 * Playwright Test as the project has it installed. The base URL of a test's service reaches it as Playwright's own default for
 * `use.baseURL`, so a configuration that names one keeps it; every service's is in TESTIMONY_BASE_URL_<NAME> too.
 */
export const playwrightFramework: Framework = { name: 'playwright', discover: discoverPlaywright, open: playwrightSession };
