import type { Attempt, Conditions, Count, FlakePattern, TestCase } from '@testimony/contracts';
import type { Attempts } from '../detection/attempts';
import type { Subject } from '../detection/subject';
import type { Reproduction } from './reproduce';

/** A text that is put to the proof. */
export interface Candidate {
  readonly pattern: FlakePattern;
  readonly title: string;
  readonly prior: number;
  /** Project-relative, and the texts with their sha256. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly text: { readonly before: string; readonly after: string };
}

/** Where a candidate is tried. */
export interface Proving {
  readonly attempts: Attempts;
  readonly tests: ReadonlyMap<string, TestCase>;
  /** The test that is flaky, and the one whose text is changed: its polluter, at times. */
  readonly flaky: TestCase;
  readonly edited: TestCase;
  readonly subject: Subject;
  readonly reproduction: Reproduction;
  /** Of the edited test under ordinary conditions, and one of its passing attempts there. */
  readonly normal: Count;
  readonly passing: Attempt;
  readonly width: number;
  readonly seed: number;
}

export function overlayOf({ file, after }: Candidate): Pick<Conditions, 'overlay'> {
  return { overlay: { [file]: after } };
}
