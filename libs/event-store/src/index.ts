export * from './api';
export { asEvent, type CommandResult, type Decider, handleCommand, loadState, toNewEvents } from './command';
export { type Hold, tryHold } from './exclusive';
export { MAX_EVENT_BYTES, storableJson } from './encode';
export { migrate, type MigrateOptions, type Migration } from './migrate';
export { liveTables, type Projection, rebuildView, runProjection, type Tables } from './projection';
export { migrateEventStore, type OpenOptions, openEventStore, openEventStoreReader } from './store';
export { VersionConflict } from './version-conflict';
