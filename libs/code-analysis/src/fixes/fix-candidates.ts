import { FLAKE_PATTERNS, type Finding, type FlakePattern } from '@testimony/contracts';
import type { EditObjection, FixCandidate, FixHints } from '../flakes/api';
import { assertionObjection } from './assertion-objection';
import { editObjection } from './edit-objection';
import { readCode } from './read-code';
import { fixedAnswer } from './repairs/external-dependency';
import { toClose } from './repairs/exact-assertion';
import { putBack } from './repairs/leaked-state';
import { waited } from './repairs/race-condition';
import { fixedData } from './repairs/random-data';
import { makeUnique, ownFile } from './repairs/shared-resource';
import { ownRecord } from './repairs/own-record';
import { anyPort } from './repairs/any-port';
import { pollInstead } from './repairs/hardcoded-sleep';
import { roomier } from './repairs/tight-timeout';
import { fixedTime } from './repairs/time-dependent';
import { placesOf } from './repairs/places';
import { inAnyOrder } from './repairs/unordered-collection';
import { testOf, type Proposal, type Repair, type TestText } from './repairs/repair';
import { withEdits } from './source-edit';

const REPAIRS: Readonly<Record<FlakePattern, Repair>> = {
  hardcoded_sleep: pollInstead,
  race_condition: waited,
  external_dependency: fixedAnswer,
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
  leaked_state: (test, finding, hints) => [
    ...putBack(test, finding, hints),
    ...ownRecord(test, finding, hints),
    ...ownFile(test, finding, hints),
  ],
};

/** For one file; what is beyond is not tried. */
const MOST_CANDIDATES = 24;
const MOST_HINTED_LINES = 5;
/** A finding whose pattern the failing attempts point to is likelier to be the cause. */
const HINTED = 1.25;
/** Where reading found nothing of a pattern, it is less likely to be there: attempts point to it, or nothing does but that the text allows it. */
const POINTED_TO = 0.85;
const POSSIBLE = 0.55;
/** The same in the line that fails. */
const FAILING = 0.7;

interface FixRequest {
  readonly root: string;
  /** Project-relative. */
  readonly file: string;
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly hints: FixHints;
}

/**
 * New texts of a test file, each of which removes one cause of flakiness, likeliest first. Only those that parse, stay inside the allowed edits and
 * assert at least as much as before.
 */
export async function fixCandidates(request: FixRequest): Promise<FixCandidate[]> {
  const { file, text, root } = request;
  const ordered = proposedTexts(request);
  // One reading of all of them; the guards then find their trees read.
  readCode(file, [text, ...ordered.map((candidate) => candidate.text)]);
  return ordered.filter((candidate) => objectionTo(candidate.text, text, file, root) === undefined);
}

function objectionTo(after: string, before: string, file: string, root: string): EditObjection {
  return editObjection(before, after, file, root) ?? assertionObjection(before, after, file, root);
}

/** What the repairs propose, before anything is objected to. */
function proposedTexts({ root, file, text, findings, hints }: FixRequest): FixCandidate[] {
  const [module] = readCode(file, [text]);
  if (typeof module !== 'object') return [];
  const test = testOf(module, root, file);
  const found = new Map<string, FixCandidate>();
  const suspected = [
    ...findings.map((finding) => ({ finding, share: hints.patterns.includes(finding.pattern) ? HINTED : 1 })),
    ...unfound(test, findings, hints),
  ];
  for (const { finding, share } of suspected) {
    for (const proposal of REPAIRS[finding.pattern](test, finding, hints)) {
      const edited = withEdits(text, proposal.edits);
      if (edited === undefined || edited === text) continue;
      const candidate = candidateOf(proposal, finding, edited, share);
      const known = found.get(edited);
      if (!known || known.prior < candidate.prior) found.set(edited, candidate);
    }
  }
  return [...found.values()].toSorted((a, b) => b.prior - a.prior).slice(0, MOST_CANDIDATES);
}

/** Places that reading did not find: it knows fewer ways to be flaky than there are ways to mend, and attempts tell few of them apart. */
function unfound(test: TestText, findings: readonly Finding[], hints: FixHints): { finding: Finding; share: number }[] {
  const lines = hints.lines.slice(0, MOST_HINTED_LINES);
  return FLAKE_PATTERNS.flatMap((pattern) =>
    placesOf(pattern, test, lines)
      .filter((line) => !findings.some((finding) => finding.pattern === pattern && finding.line === line))
      .map((line) => ({
        finding: { line, pattern, probability: 0, message: '', suggestion: '' },
        share: hints.patterns.includes(pattern) ? POINTED_TO : lines.includes(line) ? FAILING : POSSIBLE,
      })),
  );
}

function candidateOf(proposal: Proposal, finding: Finding, text: string, share: number): FixCandidate {
  return {
    pattern: finding.pattern,
    title: proposal.title,
    line: finding.line,
    text,
    prior: Math.min(0.95, Math.round(proposal.prior * share * 100) / 100),
  };
}
