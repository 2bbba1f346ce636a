import type { Migration } from '@testimony/event-store';
import { Healing1764100000000 } from './1764100000000-healing';
import { KnownTests1764300000000 } from './1764300000000-known-tests';

/** In order; for `openEventStore`. */
export const HEALING_MIGRATIONS: readonly Migration[] = [Healing1764100000000, KnownTests1764300000000];
