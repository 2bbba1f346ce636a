import type { Framework } from '../framework';
import { discoverModules } from './discovery';
import { NATIVE_CONDITIONS, nativeSession } from './session';

/** Modules with `run(page)` in `services/<service>/modules/NN_name.{ts,js,mjs,py}`; each file is one test. */
export const nativeFramework: Framework = {
  name: 'native',
  conditions: NATIVE_CONDITIONS,
  discover: discoverModules,
  open: nativeSession,
};
