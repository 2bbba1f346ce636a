import { join } from 'node:path';

/** The worker's built program, to be started with node. It is built also where this package is used from source. */
export const workerMain = join(__dirname, '..', 'dist', 'main.js');
