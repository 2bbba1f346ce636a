import type { FixCandidate, FixHints, FlakeReader } from '@testimony/code-analysis';
import type { Finding } from '@testimony/contracts';

type Now<T> = T | Promise<T>;

/** What reading source code contributes: where it may be flaky, how it could be edited, and what is wrong with an edit. */
export interface TextReading {
  flakeReader(root: string): Pick<FlakeReader, 'read'>;
  fixCandidates(request: {
    readonly root: string;
    readonly file: string;
    readonly text: string;
    readonly findings: readonly Finding[];
    readonly hints: FixHints;
  }): Now<readonly FixCandidate[]>;
  /** Why an edit is outside of what fixes may touch, in a sentence. */
  editObjection(before: string, after: string, file: string, root: string): Now<string | undefined>;
  /** Why it asserts less than before, in a sentence. */
  assertionObjection(before: string, after: string, file: string, root: string): Now<string | undefined>;
  unifiedPatch(file: string, before: string, after: string): Now<string>;
}
