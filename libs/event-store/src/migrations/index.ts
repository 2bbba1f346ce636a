import type { Migration } from '../migrate';
import { Events1764028800000 } from './1764028800000-events';

export const STORE_MIGRATIONS: readonly Migration[] = [Events1764028800000];
/** Apart from the service's own `migrations`, so that the two histories do not mix. */
export const STORE_MIGRATIONS_TABLE = 'store_migrations';
