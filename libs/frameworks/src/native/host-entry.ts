import { enableCompileCache } from 'node:module';

// First of all: what is loaded after this line comes from V8's cache on a warm start.
const directory = process.argv[2];
if (directory !== undefined) enableCompileCache(`${directory}/v8`);
require('./host');
