import { DomainError, GUARDS, type Fix, type Guard, type GuardResult } from '@testimony/contracts';
import type { FixEvent, FixState, KnownFix } from './fix';

export type FixCommand = (
  | { readonly kind: 'propose'; readonly fix: Omit<Fix, 'guards' | 'status' | 'recheck' | 'usedIn' | 'undone'> }
  | { readonly kind: 'check-guard'; readonly result: GuardResult; readonly signatures?: readonly string[] }
  | { readonly kind: 'weigh'; readonly confidence: number; readonly evidence: string }
  | { readonly kind: 'prove' }
  | { readonly kind: 'reject'; readonly reason: string }
  | { readonly kind: 'intend-apply'; readonly actor: string }
  /** The file has the new text. */
  | { readonly kind: 'confirm-apply'; readonly evidence: string }
  /** The file has its old text, or somebody else's. */
  | { readonly kind: 'abandon-apply'; readonly reason: string }
  | { readonly kind: 'intend-revert'; readonly reason: string }
  | { readonly kind: 'confirm-revert' }
  | { readonly kind: 'abandon-revert'; readonly reason: string }
  /** The file holds another text than the fix left, by which it is known that the fix does not stand. */
  | { readonly kind: 'find-undone'; readonly reason: string }
  /** The file of one that was undone by hand has the new text again. */
  | { readonly kind: 'find-standing'; readonly evidence: string }
  /** An execution found its test flaky again. */
  | { readonly kind: 'reuse'; readonly executionId: string }
  | { readonly kind: 'recheck'; readonly executionId: string; readonly of?: string }
  | { readonly kind: 'see'; readonly executionId: string; readonly held: boolean }
) & { readonly now: Date };

/** Every guard that a proof needs: all but the last, which is the application itself. */
const PROOF: readonly Guard[] = GUARDS.filter((guard) => guard !== 'apply');

/**
 * What happens to a fix on a command. A fix is proven only by all guards, each passed, in their order: nothing else can make it so,
 * whoever calls. Throws a DomainError where somebody asked for what cannot be.
 */
export function decide(state: FixState, command: FixCommand): FixEvent[] {
  const at = command.now.toISOString();
  if (command.kind === 'propose') {
    return state.status === 'none' ? [{ type: 'io.testimony.fix.proposed', data: { ...command.fix, at } }] : [];
  }
  if (state.status === 'none') throw fixUnknown();
  const { id: fixId, projectId, testId, pattern, file, before, after, guards } = state.fix;
  const ref = { projectId, fixId, at };
  const published = { ...ref, testId, pattern };
  switch (command.kind) {
    case 'check-guard': {
      if (state.status !== 'proposed') throw new DomainError('fix-decided', `The fix ${fixId} is ${state.status} already.`, 409);
      const due = PROOF[guards.length];
      if (command.result.guard !== due || guards.some(({ ok }) => !ok)) {
        throw new Error(
          `guard ${command.result.guard} cannot be checked after ${guards.map(({ guard, ok }) => `${guard} ${ok ? 'ok' : 'not ok'}`).join(', ') || 'none'}`,
        );
      }
      return [{ type: 'fix.guard-checked', data: { ...ref, result: command.result, signatures: [...(command.signatures ?? [])] } }];
    }
    case 'weigh':
      return [{ type: 'fix.weighed', data: { ...ref, confidence: command.confidence, evidence: command.evidence } }];
    case 'prove': {
      if (state.status !== 'proposed') return [];
      const missing = PROOF.find((guard, i) => guards[i]?.guard !== guard || !guards[i].ok);
      if (missing !== undefined) throw notProven(state, `the guard "${missing}" was not passed`);
      return [{ type: 'io.testimony.fix.proven', data: { ...published, guards: [...guards] } }];
    }
    case 'reject':
      if (state.status !== 'proposed') return [];
      return [{ type: 'io.testimony.fix.rejected', data: { ...published, guards: [...guards], reason: command.reason } }];
    case 'intend-apply':
      if (state.status === 'applied') return [];
      if (state.status !== 'proven') throw notProven(state, `it is ${state.status}`);
      return [{ type: 'fix.apply-intended', data: { ...ref, file, before, after, actor: command.actor } }];
    case 'confirm-apply': {
      if (state.touching?.what !== 'apply') return [];
      const { actor } = state.touching;
      const result = { guard: 'apply', ok: true, evidence: command.evidence, numbers: {} } as const;
      return [
        { type: 'fix.guard-checked', data: { ...ref, result, signatures: [] } },
        { type: 'io.testimony.fix.applied', data: { ...published, file, before, after, actor } },
      ];
    }
    case 'abandon-apply':
      return state.touching?.what === 'apply' ? [{ type: 'fix.apply-abandoned', data: { ...ref, reason: command.reason } }] : [];
    case 'intend-revert':
      if (state.status === 'reverted') return [];
      if (state.status !== 'applied')
        throw new DomainError('fix-not-applied', `The fix ${fixId} is ${state.status}, so there is nothing to take back.`, 409);
      return [{ type: 'fix.revert-intended', data: { ...ref, file, before, after, reason: command.reason } }];
    case 'confirm-revert':
      if (state.touching?.what !== 'revert') return [];
      return [{ type: 'io.testimony.fix.reverted', data: { ...published, file, reason: state.touching.reason } }];
    case 'abandon-revert':
      return state.touching?.what === 'revert' ? [{ type: 'fix.revert-abandoned', data: { ...ref, reason: command.reason } }] : [];
    case 'find-undone':
      if (state.status !== 'applied' || state.touching) return [];
      return [{ type: 'fix.undone', data: { ...ref, reason: command.reason } }];
    case 'find-standing':
      if (state.status !== 'proven' || !state.fix.undone || state.touching) return [];
      return [{ type: 'fix.found-standing', data: { ...ref, evidence: command.evidence } }];
    case 'reuse': {
      const { executionId } = command;
      if (state.fix.executionId === executionId || state.fix.usedIn?.some((use) => use.executionId === executionId)) return [];
      return [{ type: 'fix.reused', data: { ...ref, executionId } }];
    }
    case 'recheck': {
      if (state.fix.recheck === command.executionId) return [];
      const of = command.of === undefined ? {} : { of: command.of };
      return [{ type: 'fix.rechecked', data: { ...ref, executionId: command.executionId, ...of } }];
    }
    case 'see':
      if (state.status !== 'applied' || state.seenIn.includes(command.executionId)) return [];
      return [{ type: 'fix.seen', data: { ...ref, executionId: command.executionId, held: command.held } }];
    default: {
      const impossible: never = command;
      return impossible;
    }
  }
}

export function fixUnknown(): DomainError {
  return new DomainError('fix-unknown', 'There is no such fix: "e2e fix list" names those of this project.', 404);
}

function notProven(state: KnownFix, why: string): DomainError {
  return new DomainError('fix-not-proven', `The fix ${state.fix.id} is not proven (${why}): only what passed every guard is applied.`, 409);
}
