// What Nest injects by name.
export const SUPERVISOR = Symbol('supervisor');
export const PROVIDER_NAME = Symbol('provider name');
