export { LocalPostgresError, type LocalPostgresFailure } from './failure';
export { type RunningPostgres, startPostgres, startTemporaryPostgres } from './server';
