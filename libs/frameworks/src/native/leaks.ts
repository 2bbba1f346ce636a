interface Watched {
  readonly name: string;
  readonly object: object;
  readonly keys: readonly PropertyKey[];
  readonly values: readonly unknown[];
}

/** Global names whose first look, even at their descriptor, loads a large part of Node; a test that replaces one is not noticed. */
const LOADED_WHEN_SEEN = new Set<PropertyKey>([
  'FormData',
  'Headers',
  'Request',
  'Response',
  'MessageEvent',
  'CloseEvent',
  'WebSocket',
  'EventSource',
]);

/** Values of data properties only: reading an accessor may run code. */
function dataProperties(object: object): { keys: PropertyKey[]; values: unknown[] } {
  const keys: PropertyKey[] = [];
  const values: unknown[] = [];
  for (const key of Reflect.ownKeys(object)) {
    // Node wraps this one itself when fetch is first used; the working directory is compared by value.
    if (object === process && key === 'chdir') continue;
    if (object === globalThis && (LOADED_WHEN_SEEN.has(key) || /Stream|Queuing/.test(String(key)))) continue;
    const descriptor = Reflect.getOwnPropertyDescriptor(object, key);
    if (!descriptor || !('value' in descriptor)) continue;
    keys.push(key);
    values.push(descriptor.value);
  }
  return { keys, values };
}

function watch(name: string, object: object): Watched {
  return { name, object, ...dataProperties(object) };
}

/**
 * Built-ins whose own members are compared. Of the others only the global name is: nobody patches the methods of a Float64Array,
 * and comparing all of them took four times as long.
 */
const WATCHED_INSIDE = new Set<PropertyKey>([
  'Object',
  'Function',
  'Array',
  'String',
  'Number',
  'Symbol',
  'Date',
  'RegExp',
  'Promise',
  'Map',
  'Set',
  'Error',
  'JSON',
  'Math',
  'Reflect',
  'Intl',
  'console',
  'performance',
  'URL',
  'URLSearchParams',
  'AbortSignal',
]);

/** Modules of Node that tests patch most, all loaded by the page anyway. */
const MODULES = ['http', 'net', 'fs', 'timers', 'module'] as const;

function watchedObjects(): Watched[] {
  const found: Watched[] = [];
  const { keys, values } = dataProperties(globalThis);
  keys.forEach((key, i) => {
    const value = values[i];
    if (!WATCHED_INSIDE.has(key)) return;
    if ((typeof value !== 'function' && typeof value !== 'object') || value === null) return;
    found.push(watch(String(key), value));
    const prototype: unknown = typeof value === 'function' ? Reflect.getOwnPropertyDescriptor(value, 'prototype')?.value : undefined;
    if (typeof prototype === 'object' && prototype !== null) found.push(watch(`${String(key)}.prototype`, prototype));
  });
  for (const name of MODULES) {
    const module = process.getBuiltinModule(name) as object;
    found.push(watch(`node:${name}`, module));
  }
  return found;
}

/** What Node itself adds when a test first uses fetch. */
function ofNode(key: PropertyKey): boolean {
  return typeof key === 'symbol' && (key.description ?? '').startsWith('undici.');
}

function counts(items: readonly string[]): Map<string, number> {
  const counted = new Map<string, number>();
  for (const item of items) counted.set(item, (counted.get(item) ?? 0) + 1);
  return counted;
}

/** Handles of the process itself come and go with what was printed; they hold nothing of a test. */
const HARMLESS = new Set(['Immediate', 'TTYWrap', 'CloseReq']);

export interface LeakWatch {
  /** What differs from the start, as `it left a timer running`; undefined when all is as it was. */
  difference(): string | undefined;
  /** What keeps the process busy beyond the start. */
  openHandles(): string | undefined;
  /** Runs `load`, whose changes to global names and built-ins then belong to the start, unless a test had changed something before. */
  absorb<T>(load: () => T): T;
}

/**
 * Remembers the state that tests of one process share: global names, built-in objects and their methods, environment, working
 * directory, listeners, open handles. Lists and values are compared by identity, which costs about a tenth of a millisecond.
 */
export function watchForLeaks(): LeakWatch {
  const { ownKeys } = Reflect;
  const is = Object.is;
  const cwdOf = process.cwd.bind(process);
  const resources = process.getActiveResourcesInfo.bind(process);
  const listeners = (): string => {
    let text = '';
    for (const name of process.eventNames()) text += `${String(name)} ${process.listenerCount(name)},`;
    return text;
  };
  const environment = (): string => JSON.stringify(process.env);

  const before = { environment: environment(), cwd: cwdOf(), listeners: listeners(), handles: counts(resources()) };
  const snapshot = () => {
    const globals = ownKeys(globalThis);
    const objects = [watch('globalThis', globalThis), watch('process', process), ...watchedObjects()];
    // Accessors that tests replace by values, and methods that they add, change the number of keys or the kind of one.
    return { globals, known: new Set(globals), objects, sizes: objects.map(({ object }) => ownKeys(object).length) };
  };
  let { globals, known, objects, sizes } = snapshot();

  const changedObject = (): string | undefined => {
    for (const { name, object, keys, values } of objects) {
      for (let i = 0; i < keys.length; i += 1) {
        const key = keys[i] as keyof typeof object;
        if (is(object[key], values[i])) continue;
        return name === 'globalThis' ? `it changed ${String(key)}` : `it changed ${name}.${String(key)}`;
      }
    }
    return undefined;
  };
  const grownObject = (): string | undefined => {
    const at = objects.findIndex(({ object }, i) => object !== globalThis && ownKeys(object).length !== sizes[i]);
    return at < 0 ? undefined : `it added to or removed from ${objects[at]?.name ?? ''}`;
  };
  const difference = (): string | undefined => {
    const now = ownKeys(globalThis);
    const added = now.length === globals.length ? undefined : now.find((key) => !known.has(key) && !ofNode(key));
    if (added !== undefined) return `it added the global name ${String(added)}`;
    const changed = changedObject() ?? grownObject();
    if (changed !== undefined) return changed;
    if (environment() !== before.environment) return 'it changed process.env';
    if (cwdOf() !== before.cwd) return 'it changed the working directory';
    if (listeners() !== before.listeners) return 'it left listeners on process';
    return undefined;
  };
  return {
    difference,
    absorb(load) {
      const clean = difference() === undefined;
      const loaded = load();
      if (clean) ({ globals, known, objects, sizes } = snapshot());
      return loaded;
    },
    openHandles() {
      for (const [name, count] of counts(resources())) {
        if (HARMLESS.has(name) || count <= (before.handles.get(name) ?? 0)) continue;
        return name === 'Timeout' ? 'it left a timer running' : `it left a handle open (${name})`;
      }
      return undefined;
    },
  };
}
