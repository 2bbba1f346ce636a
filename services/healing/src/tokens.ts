// What Nest injects by name.
export const NOW = Symbol('now');
