import type { Expression, FunctionSyntax, Program } from '../syntax/program';

/** Where something stands in the test file, and how it is written there. */
export interface Place {
  readonly line: number;
  readonly text: string;
}

/** Something that a test does; they stand in the order of its text. Branches are gone through one after the other, loops once. */
export interface Happening {
  /** Counts up within a test. */
  readonly seq: number;
  readonly place: Place;
  /** The course of events: callbacks that run at a time of their own have another one than the test. */
  readonly flow: number;
  /** Repeated until it holds. */
  readonly polled: boolean;
  /** In a loop or for each of several. */
  readonly repeated: boolean;
  /** In a hook that runs before the test. */
  readonly inHook: boolean;
  /** What cleans up: a finally block, a hook that runs afterwards. */
  readonly inTeardown: boolean;
  /** An error is what is expected here. */
  readonly expectsError: boolean;
}

export interface RequestEvent extends Happening {
  readonly kind: 'request';
  readonly method: string;
  /** As written, `{}` for what is not known; without host and query. */
  readonly path: string;
  /** A host that is written down. */
  readonly host?: string;
  readonly query: string;
  /** `served`: a running service, which outlives the test. `unknown`: through a client of which nothing is known, often in-process. */
  readonly to: 'served' | 'unknown';
  readonly url: Value;
  readonly options: readonly Value[];
  readonly task?: Task;
}

/** Something under way. */
export interface Task {
  readonly place: Place;
  readonly what: string;
  readonly seq: number;
  readonly flow: number;
  /** From when on somebody waits for it, or was given it. */
  joinedAt?: number;
  /** Its failure is handled: the test goes on. */
  caught?: boolean;
}

/** What makes a value one that can differ from run to run. It sticks to whatever is made of the value. */
export type Mark =
  /**
   * `range`: how many values it can take, as far as that can be read. `text`: it is part of a text.
   * `scale`: of a fraction, what it was multiplied by.
   */
  | { readonly kind: 'random'; readonly place: Place; readonly range: number; readonly text: boolean; readonly scale?: number }
  /**
   * The present. `calendar`: a day, an hour or another name of it in the calendar. `shift`: ms added, where that is written.
   * `stepped`: moved by months or days.
   */
  | { readonly kind: 'now'; readonly place: Place; readonly calendar: boolean; readonly shift?: number; readonly stepped?: boolean }
  /** A time that was measured. */
  | { readonly kind: 'elapsed'; readonly place: Place }
  /** Made of a date that is written down. */
  | { readonly kind: 'dated'; readonly place: Place }
  /** A date as the machine's time zone or locale shows it. */
  | { readonly kind: 'zoned'; readonly place: Place }
  /** From an answer. `counted`: how many it had. `position`: the item at a place of a list. `sorted`: brought in order, or looked at regardless of it. */
  | {
      readonly kind: 'remote';
      readonly request: RequestEvent;
      readonly path: readonly string[];
      readonly counted: boolean;
      readonly position: number | undefined;
      readonly sorted: boolean;
    }
  /** A list whose order nobody promises. */
  | { readonly kind: 'unordered'; readonly place: Place; readonly why: string; readonly position?: number }
  /** Computed with fractions. */
  | { readonly kind: 'float'; readonly place: Place }
  /** Left in the process by whoever ran before: environment, globals. */
  | { readonly kind: 'ambient'; readonly place: Place; readonly what: string }
  /** Something under way that nobody has waited for yet. */
  | { readonly kind: 'promise'; readonly task: Task }
  /** A variable that one test sets and others read. */
  | { readonly kind: 'carried'; readonly place: Place; readonly name: string };

/** In the path of an answer: not all of it, but what the test picked out. */
export const FILTERED = '[filtered]';

export interface Closure {
  readonly fn: FunctionSyntax;
  readonly scope: Scope;
  readonly program: Program;
  readonly self?: Value;
}

interface Comparison {
  readonly operator: string;
  readonly left: Value;
  readonly right: Value;
  readonly leftCode: Expression;
  readonly rightCode: Expression;
}

export type Literal = string | number | boolean | null | undefined;

/** What is known of a value without running the program. */
export interface Value {
  marks: readonly Mark[];
  /** The dotted name of what is not of this project: `fs.writeFile`, `expect`, `page.get()`. */
  readonly name?: string;
  /** Boxed, for `undefined` is a literal too. */
  readonly literal?: { readonly value: Literal };
  /** A text with `{}` for what is not known. */
  readonly text?: string;
  readonly closure?: Closure;
  readonly fields?: Map<string, Value>;
  readonly items?: readonly Value[];
  readonly isSet?: boolean;
  /** What stands between the items of a list that became a text. */
  readonly joined?: string;
  /** A list that something was added to. */
  readonly list?: boolean;
  readonly comparison?: Comparison;
  /** What `expect(x)` gives: the value to be judged and the words said about it so far. */
  readonly judged?: { readonly subject: Value; readonly code: Expression; readonly words: readonly string[]; readonly polled: boolean };
  /** Waiting for it takes so many ms and nothing else; NaN for a time that is not written down. */
  readonly sleeps?: number;
  readonly methods?: ReadonlyMap<string, Closure>;
  /** Something that changes by itself: reading a member of it reads the present. */
  readonly live?: boolean;
  /** When it was last read from something that changes, as a number of the trace; 0 for never. */
  readonly readAt: number;
  /** It and all in it are written down. */
  readonly fixed?: boolean;
}

export const NOTHING: Value = { marks: [], readAt: 0 };

export function literalOf(value: Literal): Value {
  return { marks: [], literal: { value }, readAt: 0, fixed: true, ...(typeof value === 'string' && { text: value }) };
}

/** More marks than this say nothing that the first do not. */
const MOST_MARKS = 12;

export function joinMarks(values: readonly (Value | undefined)[]): readonly Mark[] {
  let joined: readonly Mark[] = [];
  for (const value of values) {
    const marks = value?.marks;
    if (!marks || marks.length === 0 || marks === joined) continue;
    if (joined.length === 0) joined = marks;
    else {
      const more = marks.filter((mark) => !joined.includes(mark));
      if (more.length > 0) joined = [...joined, ...more].slice(0, MOST_MARKS);
    }
  }
  return joined;
}

/** A value made of others, of which nothing else is known. */
export function madeOf(values: readonly (Value | undefined)[]): Value {
  let readAt = 0;
  for (const value of values) if (value && value.readAt > readAt) readAt = value.readAt;
  return { marks: joinMarks(values), readAt };
}

export function numberOf(value: Value | undefined): number | undefined {
  const found = value?.literal?.value;
  return typeof found === 'number' ? found : undefined;
}

export function textOf(value: Value | undefined): string | undefined {
  if (value?.text !== undefined) return value.text;
  const found = value?.literal?.value;
  return typeof found === 'number' ? String(found) : undefined;
}

export function markOf<K extends Mark['kind']>(value: Value | undefined, kind: K): Extract<Mark, { kind: K }> | undefined {
  return value?.marks.find((mark): mark is Extract<Mark, { kind: K }> => mark.kind === kind);
}

/** A value and everything in it. */
export function* withParts(value: Value | undefined, depth = 0): Generator<Value> {
  if (!value) return;
  yield value;
  if (depth > 6) return;
  for (const each of value.items ?? []) yield* withParts(each, depth + 1);
  for (const each of value.fields?.values() ?? []) yield* withParts(each, depth + 1);
}

export interface Cell {
  value: Value;
  /** Which course of events it belongs to; an assignment from another one makes it live. */
  readonly flow: number;
  live: boolean;
  /** Of a variable outside all tests: the test that gave it its value. */
  setBy?: number;
}

/** Names in force, with those of the scopes around. */
export class Scope {
  readonly #cells = new Map<string, Cell>();
  /** Names that an assignment looks for further out (Python's `global`). */
  readonly outer = new Set<string>();

  constructor(
    readonly parent: Scope | undefined,
    readonly isFile = false,
  ) {}

  declare(name: string, value: Value, flow: number): void {
    this.#cells.set(name, { value, flow, live: false });
  }

  own(name: string): Cell | undefined {
    return this.#cells.get(name);
  }

  find(name: string): Cell | undefined {
    return this.#cells.get(name) ?? this.parent?.find(name);
  }
}
