export type { Backend, BackendOptions, OpenBackend } from './backend';
