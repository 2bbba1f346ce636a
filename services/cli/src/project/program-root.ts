import { join, resolve } from 'node:path';

/** The folder of the checkout or installation: this file lies in services/cli/{src,dist}/project. */
export const PROGRAM_ROOT = resolve(__dirname, '../../../..');

export const SAMPLE_SHOP = join(PROGRAM_ROOT, 'samples', 'shop');
export const PAGE_PACKAGE = join(PROGRAM_ROOT, 'libs', 'page');
