import { DomainError, type Fix } from '@testimony/contracts';
import type { EventStore } from '@testimony/event-store';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HealedProject } from '../api';
import { changeFix } from '../fix/change';
import type { KnownFix } from '../fix/fix';
import { appliedFixes, findFix, onceApplied, touchedFixes } from '../fix/read';
import { placeOf, sha256, type Place } from './place';
import { replaceFile, temporaryBeside } from './replace-file';
import { standingIn } from './standing';
import { workingTreeState } from './working-tree';

export interface Applying {
  readonly store: EventStore;
  readonly project: HealedProject;
  readonly now: () => Date;
}

/** Who applies what was allowed once for all; anybody else asked for this very fix. */
export const AUTOMATIC = 'auto-fix';

/**
 * Keeps what a fix needs to be applied and taken back: the patch, and both texts byte by byte. Before its events, so that no fix is
 * known whose texts are not.
 */
export async function keepTexts(
  project: HealedProject,
  fix: Pick<Fix, 'before' | 'after' | 'patch'>,
  before: Buffer,
  after: Buffer,
): Promise<void> {
  await mkdir(project.patchDir, { recursive: true });
  await mkdir(project.overlayDir, { recursive: true });
  if (sha256(before) !== fix.before || sha256(after) !== fix.after) throw new Error('texts of a fix that are not what it says');
  for (const text of [before, after]) {
    const path = join(project.patchDir, `${sha256(text)}.text`);
    await replaceFile(path, text, { mode: 0o644, temporary: `${path}.tmp` });
  }
  const path = join(project.overlayDir, fix.after);
  await replaceFile(path, after, { mode: 0o644, temporary: `${path}.tmp` });
}

export async function keepPatch(project: HealedProject, fix: Fix): Promise<void> {
  await mkdir(project.patchDir, { recursive: true });
  const path = join(project.patchDir, `${fix.id}.patch`);
  await replaceFile(path, Buffer.from(fix.patch), { mode: 0o644, temporary: `${path}.tmp` });
}

/**
 * Applies a proven fix: intent, file, event, so that after a crash anywhere the file is the old or the new one and `recover` makes the
 * state say which. Throws a DomainError `fix-unknown`, `fix-not-proven`, `file-changed`, `file-dirty`, `file-outside`, `file-missing` or `file-read-only`.
 */
export async function applyFix({ store, project, now }: Applying, fixId: string, actor: string): Promise<Fix> {
  const known = await asTheFileSays({ store, project, now }, fixId);
  if (known.status === 'applied') return known.fix;
  if (known.status !== 'proven') {
    const why = known.fix.guards.find(({ ok }) => !ok);
    throw new DomainError(
      'fix-not-proven',
      `The fix ${fixId} is ${known.status}${why ? `: the guard "${why.guard}" says ${why.evidence}` : ''}. Only what passed every guard is applied.`,
      409,
    );
  }
  const { file, before, after } = known.fix;
  const place = await placeOf(project.root, file);
  if (place.sha256 !== before) throw fileChanged(known.fix);
  if (actor === AUTOMATIC) await refuseDirty({ store, project, now }, place);
  const text = await keptText(project, after);
  await changeFix(store, fixId, { kind: 'intend-apply', actor }, now());
  await exchange({ store, project, now }, known.fix, place, text, 'apply');
  const { fix } = await changeFix(
    store,
    fixId,
    { kind: 'confirm-apply', evidence: `${file} was replaced as a whole and read back` },
    now(),
  );
  return fix;
}

/** Puts the text from before back, in the same way. Throws `fix-unknown`, `fix-not-applied`, `file-changed` and what `applyFix` throws of the file. */
export async function revertFix({ store, project, now }: Applying, fixId: string, reason: string): Promise<Fix> {
  const known = await asTheFileSays({ store, project, now }, fixId);
  if (known.status === 'reverted') return known.fix;
  if (known.status !== 'applied') {
    const { undone } = known.fix;
    throw new DomainError(
      'fix-not-applied',
      undone
        ? `The fix ${fixId} does not stand any more, so there is nothing to take back: ${undone.reason}.`
        : `The fix ${fixId} is ${known.status}, so there is nothing to take back.`,
      409,
    );
  }
  const place = await placeOf(project.root, known.fix.file);
  if (place.sha256 !== known.fix.after) throw fileChanged(known.fix);
  const text = await keptText(project, known.fix.before);
  await changeFix(store, fixId, { kind: 'intend-revert', reason }, now());
  await exchange({ store, project, now }, known.fix, place, text, 'revert');
  const { fix } = await changeFix(store, fixId, { kind: 'confirm-revert' }, now());
  return fix;
}

/** Of changes that a crash cut short: the file says what became of them. */
export async function recoverFixes(applying: Applying): Promise<Fix[]> {
  const recovered: Fix[] = [];
  for (const known of await touchedFixes(applying.store, applying.project.projectId)) recovered.push((await settled(applying, known)).fix);
  return recovered;
}

/**
 * Makes the state of applied fixes say what their files say: one whose file was put back by hand does not stand, and is proven again for the text
 * that is there; where another took its place, that one is named. A file that was edited says nothing. Returns the fixes whose state changed.
 */
export async function reconcileFixes(applying: Applying): Promise<Fix[]> {
  const { store, project } = applying;
  const changed: Fix[] = [];
  const byFile = Map.groupBy(await onceApplied(store, project.projectId), ({ fix }) => fix.file);
  for (const [file, fixes] of byFile) changed.push(...(await reconcileFile(applying, file, fixes)));
  return changed;
}

async function reconcileFile({ store, project, now }: Applying, file: string, fixes: readonly KnownFix[]): Promise<Fix[]> {
  if (fixes.some(({ touching }) => touching)) return []; // Its text is in the middle of a change.
  const place = await placeIfAny(project, file);
  if (!place) return [];
  const changed: Fix[] = [];
  const applied = fixes.filter(({ status }) => status === 'applied').map(({ fix }) => fix);
  for (const [id, { kind, replacedBy }] of standingIn(place.sha256, applied)) {
    if (kind !== 'undone') continue;
    const reason = `${file} was put back to the text from before it${replacedBy === undefined ? '' : `, and the fix ${replacedBy} was applied in its place`}`;
    changed.push((await changeFix(store, id, { kind: 'find-undone', reason }, now())).fix);
  }
  // The text of a fix that nobody holds for applied: a branch that has it is checked out again.
  const again = fixes.find(({ status, fix }) => status === 'proven' && fix.after === place.sha256);
  if (again && applied.every(({ after }) => after !== place.sha256)) {
    const evidence = `${file} has its text again`;
    changed.push((await changeFix(store, again.fix.id, { kind: 'find-standing', evidence }, now())).fix);
  }
  return changed;
}

/** The fix, after its state was made to say what its file says. */
async function asTheFileSays(applying: Applying, fixId: string): Promise<KnownFix> {
  const { store, project } = applying;
  const { fix } = await settled(applying, await findFix(store, project.projectId, fixId));
  const beside = (await onceApplied(store, project.projectId)).filter(({ fix: { file } }) => file === fix.file);
  await reconcileFile(applying, fix.file, beside);
  return findFix(store, project.projectId, fixId);
}

/** Undefined where the file is gone, or is none that may be changed. */
function placeIfAny(project: HealedProject, file: string): Promise<Place | undefined> {
  return placeOf(project.root, file).catch((error: unknown) => {
    if (error instanceof DomainError) return undefined;
    throw error;
  });
}

async function settled({ store, project, now }: Applying, known: KnownFix): Promise<KnownFix> {
  if (!known.touching) return known;
  const { id, file, before, after } = known.fix;
  const place = await placeIfAny(project, file);
  // What is left of a file that was being written is nobody's.
  if (place) await rm(temporaryBeside(place.path, id), { force: true });
  const [wanted, old] = known.touching.what === 'apply' ? [after, before] : [before, after];
  if (place?.sha256 === wanted) {
    return known.touching.what === 'apply'
      ? changeFix(store, id, { kind: 'confirm-apply', evidence: `${file} was found with the new text after an interruption` }, now())
      : changeFix(store, id, { kind: 'confirm-revert' }, now());
  }
  const reason =
    place?.sha256 === old
      ? 'it was interrupted before the file was replaced'
      : `${file} is neither the old nor the new text: somebody else changed it meanwhile`;
  return changeFix(store, id, { kind: known.touching.what === 'apply' ? 'abandon-apply' : 'abandon-revert', reason }, now());
}

async function exchange({ store, project, now }: Applying, fix: Fix, place: Place, text: Buffer, what: 'apply' | 'revert'): Promise<void> {
  const temporary = temporaryBeside(place.path, fix.id);
  const abandon = (reason: string): Promise<unknown> =>
    changeFix(store, fix.id, { kind: what === 'apply' ? 'abandon-apply' : 'abandon-revert', reason }, now());
  try {
    // Looked at once more right before the rename: between reading and this, an editor may have saved it.
    const justBefore = async (): Promise<void> => {
      if (sha256(await readFile(place.path)) !== place.sha256) throw fileChanged(fix);
    };
    await replaceFile(place.path, text, { mode: place.mode, temporary, justBefore });
  } catch (error) {
    await abandon(error instanceof Error ? error.message : String(error));
    throw error;
  }
  const found = await placeOf(project.root, fix.file);
  if (found.sha256 === sha256(text) && found.mode === place.mode) return;
  // Doubt: the old text, byte by byte, is the safe one.
  await replaceFile(place.path, place.bytes, { mode: place.mode, temporary });
  await abandon('what was read back was not what was written, so the old text was put back');
  throw new DomainError('file-changed', `${fix.file} did not read back as it was written, so its old text was put back.`, 409);
}

/** A file with somebody's uncommitted work is not changed without being asked: the edit would be mixed up with it. An earlier fix of ours is no such work. */
async function refuseDirty({ store, project }: Applying, place: Place): Promise<void> {
  if ((await workingTreeState(place.path)) !== 'changed') return;
  const ours = await appliedFixes(store, project.projectId);
  if (ours.some(({ fix }) => fix.file === place.file && fix.after === place.sha256)) return;
  throw new DomainError(
    'file-dirty',
    `${place.file} has changes that are not committed, so the fix was not mixed into them; commit them, or apply it by hand.`,
    409,
  );
}

async function keptText(project: HealedProject, hash: string): Promise<Buffer> {
  const bytes = await readFile(join(project.patchDir, `${hash}.text`)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (bytes && sha256(bytes) === hash) return bytes;
  throw new DomainError('fix-text-lost', `The text of the fix is not in ${project.patchDir} any more; have it made and proven anew.`, 409);
}

function fileChanged({ id, file }: Fix): DomainError {
  return new DomainError('file-changed', `${file} was changed since the fix ${id} was made for it; have it made and proven anew.`, 409);
}
