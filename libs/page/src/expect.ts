import type * as ExpectPackage from 'expect';

type Expect = (typeof ExpectPackage)['expect'];

let loaded: Expect | undefined;
let extended = false;

let aroundLoad = (load: () => Expect): Expect => load();

/** Lets a test process tell what loading `expect` leaves behind from what a test does: the hook must call `load` and give back what it gave. */
export function onExpectLoad(hook: (load: () => Expect) => Expect): void {
  aroundLoad = hook;
}

// Loaded on first use: the package costs about as much start-up time as the whole rest of a test process.
function load(): Expect {
  return (loaded ??= aroundLoad(() => (require('expect') as typeof ExpectPackage).expect));
}

/** Calls that change `expect` for every later test of the same process. */
const LASTING = new Set<string | symbol>(['extend', 'addEqualityTesters', 'setState']);

/** Jest's `expect`, with all its matchers and `expect.any(...)`, `expect.objectContaining(...)` and so on. */
export const expect: Expect = new Proxy((() => undefined) as unknown as Expect, {
  apply: (_target, self, args) => Reflect.apply(load(), self, args) as unknown,
  get(_target, name) {
    if (LASTING.has(name)) extended = true;
    return Reflect.get(load(), name) as unknown;
  },
  has: (_target, name) => Reflect.has(load(), name),
  set(_target, name, value) {
    extended = true;
    return Reflect.set(load(), name, value);
  },
});

/** Whether a test added matchers, which a later test in this process would see. */
export function expectWasExtended(): boolean {
  return extended;
}
