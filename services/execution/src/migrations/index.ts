import type { Migration } from '@testimony/event-store';
import { Execution1764000000000 } from './1764000000000-execution';
import { Experiments1764100000000 } from './1764100000000-experiments';
import { Outages1764200000000 } from './1764200000000-outages';

/** In order; for `openEventStore`. */
export const EXECUTION_MIGRATIONS: readonly Migration[] = [Execution1764000000000, Experiments1764100000000, Outages1764200000000];
