import type { Migration } from '@testimony/event-store';
import { Runner1764000000000 } from './1764000000000-runner';

/** In order; for `openEventStore`. */
export const RUNNER_MIGRATIONS: readonly Migration[] = [Runner1764000000000];
