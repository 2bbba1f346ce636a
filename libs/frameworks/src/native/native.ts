import type { Framework } from '../framework';
import { discoverModules } from './discovery';
import { nativeSession } from './session';

/** Modules with `run(page)` in `services/<service>/modules/NN_name.{ts,js,mjs,py}`; each file is one test. */
export const nativeFramework: Framework = { name: 'native', discover: discoverModules, open: nativeSession };
