import type { Migration } from '@testimony/event-store';
import { Execution1764000000000 } from './1764000000000-execution';

/** In order; for `openEventStore`. */
export const EXECUTION_MIGRATIONS: readonly Migration[] = [Execution1764000000000];
