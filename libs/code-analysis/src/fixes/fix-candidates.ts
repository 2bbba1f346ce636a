import type { Finding, FlakePattern } from '@testimony/contracts';
import type { FixCandidate, FixHints } from '../flakes/api';
import { assertionObjection } from './assertion-objection';
import { editObjection } from './edit-objection';
import { readCode } from './read-code';
import { toClose } from './repairs/exact-assertion';
import { putBack } from './repairs/leaked-state';
import { waited } from './repairs/race-condition';
import { fixedData } from './repairs/random-data';
import { makeUnique } from './repairs/shared-resource';
import { ownRecord } from './repairs/own-record';
import { anyPort } from './repairs/any-port';
import { pollInstead } from './repairs/hardcoded-sleep';
import { roomier } from './repairs/tight-timeout';
import { fixedTime } from './repairs/time-dependent';
import { inAnyOrder } from './repairs/unordered-collection';
import { testOf, type Proposal, type Repair } from './repairs/repair';
import { withEdits } from './source-edit';

/** An answer of somebody else cannot be made here without inventing it. */
const REPAIRS: Readonly<Record<FlakePattern, Repair | undefined>> = {
  hardcoded_sleep: pollInstead,
  race_condition: waited,
  external_dependency: undefined,
  random_data: fixedData,
  time_dependent: fixedTime,
  exact_assertion: toClose,
  tight_timeout: roomier,
  unordered_collection: inAnyOrder,
  shared_resource: (test, finding, hints) => [
    ...makeUnique(test, finding, hints),
    ...ownRecord(test, finding, hints),
    ...anyPort(test, finding, hints),
  ],
  leaked_state: (test, finding, hints) => [...putBack(test, finding, hints), ...ownRecord(test, finding, hints)],
};

/** For one file; what is beyond is not tried. */
const MOST_CANDIDATES = 24;
const MOST_HINTED_LINES = 5;
/** A finding whose pattern the failing attempts point to is likelier to be the cause. */
const HINTED = 1.25;

/**
 * New texts of a test file, each of which removes one cause of flakiness, likeliest first. Only those that parse, stay inside the allowed edits and
 * assert at least as much as before.
 */
export async function fixCandidates(request: {
  readonly root: string;
  /** Project-relative. */
  readonly file: string;
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly hints: FixHints;
}): Promise<FixCandidate[]> {
  const { file, text, findings, hints } = request;
  const [module] = readCode(file, [text]);
  if (typeof module !== 'object') return [];
  const test = testOf(module, request.root, file);
  const found = new Map<string, FixCandidate>();
  for (const finding of [...findings, ...hinted(findings, hints)]) {
    for (const proposal of REPAIRS[finding.pattern]?.(test, finding, hints) ?? []) {
      const edited = withEdits(text, proposal.edits);
      if (edited === undefined || edited === text) continue;
      const candidate = candidateOf(proposal, finding, edited, hints);
      const known = found.get(edited);
      if (!known || known.prior < candidate.prior) found.set(edited, candidate);
    }
  }
  const ordered = [...found.values()].toSorted((a, b) => b.prior - a.prior).slice(0, MOST_CANDIDATES);
  // One reading of all of them; the guards then find their trees read.
  readCode(file, [text, ...ordered.map((candidate) => candidate.text)]);
  return ordered.filter(
    (candidate) =>
      editObjection(text, candidate.text, file, request.root) === undefined &&
      assertionObjection(text, candidate.text, file, request.root) === undefined,
  );
}

/** Where experiments point to a pattern that reading did not find: the failing lines are looked at for it. */
function hinted(findings: readonly Finding[], hints: FixHints): Finding[] {
  return hints.patterns
    .filter((pattern) => !findings.some((finding) => finding.pattern === pattern))
    .flatMap((pattern) =>
      hints.lines.slice(0, MOST_HINTED_LINES).map((line) => ({ line, pattern, probability: 0, message: '', suggestion: '' })),
    );
}

function candidateOf(proposal: Proposal, finding: Finding, text: string, hints: FixHints): FixCandidate {
  const hinted = hints.patterns.includes(finding.pattern) ? HINTED : 1;
  return {
    pattern: finding.pattern,
    title: proposal.title,
    line: finding.line,
    text,
    prior: Math.min(0.95, Math.round(proposal.prior * hinted * 100) / 100),
  };
}
