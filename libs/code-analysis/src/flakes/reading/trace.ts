import type { Expression } from '../syntax/program';
import type { Happening, RequestEvent, Task, Value } from './value';

export type { RequestEvent, Task } from './value';

export interface SleepEvent extends Happening {
  readonly kind: 'sleep';
  /** NaN where it is not written down. */
  readonly ms: number;
  /** `between`: at the end of a loop's body, to keep rounds apart. */
  readonly role: 'plain' | 'between' | 'callback';
}

export interface AssertEvent extends Happening {
  readonly kind: 'assert';
  readonly relation: 'equal' | 'less' | 'more' | 'contains' | 'members' | 'count' | 'holds' | 'status' | 'error' | 'called' | 'shape';
  readonly negated: boolean;
  readonly subject: Value;
  readonly expected?: Value;
  readonly subjectCode: Expression;
  /** Tries again by itself until it holds, as those of Playwright do. */
  readonly retries: boolean;
  /** Inexact by intent: within a tolerance. */
  readonly tolerant: boolean;
}

/** A wait for a condition, after which what was started before is over; or (`vague`) for something of which nothing is known. */
interface WaitEvent extends Happening {
  readonly kind: 'wait';
  readonly vague: boolean;
}

/** A user's action on a page. */
interface ActEvent extends Happening {
  readonly kind: 'act';
}

/** A limit on time: `ms` for `what`. */
export interface LimitEvent extends Happening {
  readonly kind: 'limit';
  readonly ms: number;
  readonly what: 'request' | 'wait' | 'test' | 'promise';
}

/** Something that is there for all is changed. */
export interface SetEvent extends Happening {
  readonly kind: 'set';
  readonly what: 'environment' | 'global' | 'built-in' | 'module' | 'folder' | 'listener' | 'timer' | 'clock';
  readonly name: string;
  /** It gets back what it had, or is taken away. */
  readonly undoes: boolean;
}

interface BranchEvent extends Happening {
  readonly kind: 'branch';
  readonly test: Value;
}

/** A name in a space that is everybody's. */
interface ClaimEvent extends Happening {
  readonly kind: 'claim';
  /** `removal`: a file is taken away. */
  readonly what: 'port' | 'file' | 'removal';
  readonly name: string;
}

/** Work that is started and not waited for. */
interface StartEvent extends Happening {
  readonly kind: 'start';
  readonly task: Task;
}

/** Values that run at the same time, by what is done with what comes first. */
interface RaceEvent extends Happening {
  readonly kind: 'together';
  readonly requests: readonly RequestEvent[];
}

export type TraceEvent =
  | SleepEvent
  | RequestEvent
  | AssertEvent
  | WaitEvent
  | ActEvent
  | LimitEvent
  | SetEvent
  | BranchEvent
  | ClaimEvent
  | StartEvent
  | RaceEvent;

export interface TestTrace {
  readonly events: readonly TraceEvent[];
  /** One of several in its file; a native module is one. */
  readonly native: boolean;
  readonly title: string;
  readonly fakeClock: boolean;
  /** Times that the test gave to something as its lifetime, in ms. */
  readonly lifetimes: readonly number[];
  /** Readings of the clock that were given to something else, as line and text. */
  readonly given: ReadonlySet<string>;
}

export interface FileTrace {
  readonly path: string;
  readonly language: 'js' | 'py';
  readonly mentions: ReadonlySet<string>;
  readonly tests: readonly TestTrace[];
  /** What hooks that run afterwards, and the file itself, do. */
  readonly around: readonly TraceEvent[];
}
