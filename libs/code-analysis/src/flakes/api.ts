import type { Finding, FlakePattern } from '@testimony/contracts';

/** Findings in one test file, or why it could not be read, in a sentence. */
export type FlakeReading = { readonly findings: readonly Finding[] } | { readonly problem: string };

export interface FlakeReader {
  /** Reads project-relative test files (ts, js, mjs, cjs, tsx, jsx, py) with the helpers that they import from the project. Answers in their order. */
  read(files: readonly string[]): Promise<FlakeReading[]>;
  /** All files that were read so far, helpers included, sorted: while none of them changes, a reading stays what it is. */
  sources(): readonly string[];
}

/** A new text of a file that removes one cause of flakiness. The rest of the file keeps its bytes, line ends included. */
export interface FixCandidate {
  readonly pattern: FlakePattern;
  /** What it changes, in a sentence. */
  readonly title: string;
  /** The finding's line that it answers. */
  readonly line: number;
  readonly text: string;
  /** What is believed before any proof, 0..1. */
  readonly prior: number;
}

/** What the failing attempts showed, where a fix needs it (a time-out's size, the field that changes order). */
export interface FixHints {
  readonly patterns: readonly FlakePattern[];
  readonly messages: readonly string[];
  /** Where the failing line stands, in the file. */
  readonly lines: readonly number[];
}

/** Why an edit is not allowed, in a sentence; undefined when it is. */
export type EditObjection = string | undefined;
