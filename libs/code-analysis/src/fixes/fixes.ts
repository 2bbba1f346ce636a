import type { EditObjection, FixCandidate } from '../flakes/api';

/** What `fixCandidates` is asked: one test file with what was found in it. */
type CandidateRequest = Parameters<typeof import('./fix-candidates').fixCandidates>[0];

/**
 * New texts of a test file, each of which removes one cause of flakiness, likeliest first. Only those that parse, stay inside the allowed edits and
 * assert at least as much as before.
 */
export function fixCandidates(request: CandidateRequest): Promise<FixCandidate[]> {
  return (require('./fix-candidates') as typeof import('./fix-candidates')).fixCandidates(request);
}

/**
 * The guard `allowed_edit`: the first thing in the new text that is outside the kinds of edits that are understood, with its line. With the project's
 * root, helpers that the test imports are looked into as well.
 */
export function editObjection(before: string, after: string, file: string, root?: string): EditObjection {
  return (require('./edit-objection') as typeof import('./edit-objection')).editObjection(before, after, file, root);
}

/** The guard `assertions`: why the new text asserts less than the old one, or may; with the line. */
export function assertionObjection(before: string, after: string, file: string, root?: string): EditObjection {
  return (require('./assertion-objection') as typeof import('./assertion-objection')).assertionObjection(before, after, file, root);
}

export { unifiedPatch } from './unified-patch';
