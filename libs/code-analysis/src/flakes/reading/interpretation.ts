import type { Expression, FunctionSyntax, Program, Statement } from '../syntax/program';
import type { TraceEvent } from './trace';
import type { Closure, Place, Scope, Value } from './value';

export interface Programs {
  get(path: string): Program | undefined;
  /** Files that an import can mean, the likeliest first; none for what is not a helper of tests in this project. */
  resolve(from: Program, specifier: string, name: string): readonly string[];
}

/** Under what the statements at hand are gone through. */
export interface Mode {
  readonly polled?: boolean;
  readonly repeated?: boolean;
  readonly hook?: boolean;
  readonly teardown?: boolean;
  readonly expectsError?: boolean;
  /** Last in the body of a loop. */
  readonly between?: boolean;
  /** Nothing is noted: another file's top level. */
  readonly quiet?: boolean;
  /** Outside all functions. */
  readonly top?: boolean;
  /** Several of this run at the same time; the scope around them. */
  readonly parallel?: Scope;
  /** What is called next is waited for at once. */
  readonly awaited?: boolean;
}

/** Where the reading stands. */
export interface Course {
  flow: number;
  /** The one in which a test or a hook begins. */
  mainFlow: number;
  mode: Mode;
  stack: readonly FunctionSyntax[];
  program: Program | undefined;
  /** In a helper of another file: the place in the test file that led there. */
  site: Place | undefined;
  /** Path of the file that is judged. */
  file: string;
  /** Counts the tests of all files; 0 outside. */
  test: number;
  fakeClock?: boolean;
  seeded?: boolean;
  lifetimes?: number[];
  /** Readings of the clock that were given to something else. */
  given?: Set<string>;
  collector?: Collector;
}

/** Takes the tests and hooks that a file registers. */
export interface Collector {
  /** `site`: where the file at hand led to another one that registers it. */
  test(closure: Closure, title: string, site: Place | undefined): void;
  group(closure: Closure, call: (closure: Closure) => void): void;
  before(closure: Closure): void;
  after(closure: Closure): void;
}

type Noted<E> = E extends TraceEvent
  ? Omit<E, 'seq' | 'place' | 'flow' | 'polled' | 'repeated' | 'inHook' | 'inTeardown' | 'expectsError'>
  : never;

export interface Interpretation {
  readonly course: Course;
  readonly programs: Programs;
  /** Starts the trace of a test. */
  begin(test: number, file: string): readonly TraceEvent[];
  note(event: { readonly what: Noted<TraceEvent>; readonly at?: Expression; readonly place?: Place }): TraceEvent;
  /** The number of the present. */
  now(): number;
  placeOf(e: Expression): Place;
  evaluate(e: Expression, scope: Scope): Value;
  /** What it returns, of each return statement. */
  run(body: readonly Statement[], scope: Scope): Value[];
  call(closure: Closure, args: readonly Value[], named: ReadonlyMap<string, Value>, site: Expression): Value;
  inMode<T>(mode: Mode, work: () => T): T;
  /** In a course of events of its own. */
  apart<T>(work: () => T): T;
  assign(target: Expression, value: Value, scope: Scope, e: Expression): void;
  bind(target: Expression, value: Value, scope: Scope): void;
  scopeOf(program: Program): Scope;
}
