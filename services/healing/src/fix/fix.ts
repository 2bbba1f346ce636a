import {
  FixApplied,
  FixProposed,
  FixProven,
  FixRejected,
  FixReverted,
  guardResultSchema,
  type EventOf,
  type Fix,
} from '@testimony/contracts';
import { z } from 'zod';

const ref = { projectId: z.string(), fixId: z.string(), at: z.iso.datetime() };
const change = { file: z.string(), before: z.string(), after: z.string() };

/** One guard's finding, as soon as it is known. */
const FixGuardChecked = {
  type: 'fix.guard-checked',
  schema: z.object({
    ...ref,
    result: guardResultSchema,
    /** How the original failed, normalised, by which a later failure is known to be the same. */
    signatures: z.array(z.string()).default([]),
  }),
  published: false,
} as const;
/** What is believed of it after the proof, and by which numbers. */
const FixWeighed = {
  type: 'fix.weighed',
  schema: z.object({ ...ref, confidence: z.number(), evidence: z.string() }),
  published: false,
} as const;
/** Before the file is touched: whoever finds this without what follows must look at the file. */
const FixApplyIntended = {
  type: 'fix.apply-intended',
  schema: z.object({ ...ref, ...change, actor: z.string() }),
  published: false,
} as const;
const FixApplyAbandoned = {
  type: 'fix.apply-abandoned',
  schema: z.object({ ...ref, reason: z.string() }),
  published: false,
} as const;
const FixRevertIntended = {
  type: 'fix.revert-intended',
  schema: z.object({ ...ref, ...change, reason: z.string() }),
  published: false,
} as const;
const FixRevertAbandoned = {
  type: 'fix.revert-abandoned',
  schema: z.object({ ...ref, reason: z.string() }),
  published: false,
} as const;
/** A later execution ran the healed test: it held, or it failed the same way again. */
const FixSeen = {
  type: 'fix.seen',
  schema: z.object({ ...ref, executionId: z.string(), held: z.boolean() }),
  published: false,
} as const;
/** The test ran again, with the fix, in this execution; `of` is the one whose flaky test it was. */
const FixRechecked = {
  type: 'fix.rechecked',
  schema: z.object({ ...ref, executionId: z.string(), of: z.string().optional() }),
  published: false,
} as const;
/** An execution found the test flaky again and took up this fix, whose proof holds for the very same texts. */
const FixReused = { type: 'fix.reused', schema: z.object({ ...ref, executionId: z.string() }), published: false } as const;
/** It had been applied, and its file holds the text from before: somebody put it back without saying so. Its proof still holds. */
const FixUndone = { type: 'fix.undone', schema: z.object({ ...ref, reason: z.string() }), published: false } as const;
/** The file has its text again, as after a change of branches. */
const FixFoundStanding = { type: 'fix.found-standing', schema: z.object({ ...ref, evidence: z.string() }), published: false } as const;

export const FIX_EVENTS = [
  FixProposed,
  FixGuardChecked,
  FixWeighed,
  FixProven,
  FixRejected,
  FixApplyIntended,
  FixApplyAbandoned,
  FixApplied,
  FixRevertIntended,
  FixRevertAbandoned,
  FixReverted,
  FixSeen,
  FixRechecked,
  FixReused,
  FixUndone,
  FixFoundStanding,
] as const;
export type FixEvent = EventOf<(typeof FIX_EVENTS)[number]>;

export interface KnownFix {
  readonly status: Fix['status'];
  readonly fix: Fix;
  readonly signatures: readonly string[];
  /** What is under way with the file. A crash leaves it so, and `recover` looks at the file. */
  readonly touching?: { readonly what: 'apply'; readonly actor: string } | { readonly what: 'revert'; readonly reason: string };
  /** Executions of the healed test in which it held, and in which it failed the same way. */
  readonly held: number;
  readonly broke: number;
  /** Executions that were counted already, the newest last; only the last few are kept. */
  readonly seenIn: readonly string[];
}
export type FixState = { readonly status: 'none' } | KnownFix;

export const NO_FIX: FixState = { status: 'none' };
/** An execution is told of once or twice in a row, never long after. */
const REMEMBERED_EXECUTIONS = 20;
/** Reports of older executions show the fix as it was made. */
const REMEMBERED_USES = 50;

export function evolve(state: FixState, event: FixEvent): FixState {
  if (event.type === 'io.testimony.fix.proposed') {
    const { at: _at, ...fix } = event.data;
    return { status: 'proposed', fix: { ...fix, status: 'proposed', guards: [] }, signatures: [], held: 0, broke: 0, seenIn: [] };
  }
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'fix.guard-checked':
      return {
        // Applied anew after its file was put back, it has one application, the newest.
        ...withFix(state, { guards: [...state.fix.guards.filter(({ guard }) => guard !== event.data.result.guard), event.data.result] }),
        signatures: [...state.signatures, ...event.data.signatures],
      };
    case 'fix.weighed':
      return withFix(state, { confidence: event.data.confidence });
    case 'io.testimony.fix.proven':
      return withStatus(state, 'proven');
    case 'io.testimony.fix.rejected':
      return withStatus(state, 'rejected');
    case 'fix.apply-intended':
      return { ...state, touching: { what: 'apply', actor: event.data.actor } };
    case 'fix.revert-intended':
      return { ...state, touching: { what: 'revert', reason: event.data.reason } };
    case 'fix.apply-abandoned':
    case 'fix.revert-abandoned':
      return untouched(state);
    case 'io.testimony.fix.applied':
    case 'fix.found-standing':
      return withStatus(standing(untouched(state)), 'applied');
    case 'io.testimony.fix.reverted':
      return withStatus(withFix(untouched(state), { undone: { at: event.data.at, reason: event.data.reason } }), 'reverted');
    case 'fix.undone':
      return withStatus(withFix(state, { undone: { at: event.data.at, reason: event.data.reason } }), 'proven');
    case 'fix.reused':
      return withUse(state, { executionId: event.data.executionId });
    case 'fix.rechecked': {
      const { executionId: recheck, of } = event.data;
      const known = withFix(state, { recheck });
      return of === undefined ? known : withUse(known, { executionId: of, recheck });
    }
    case 'fix.seen': {
      const { held, executionId } = event.data;
      const seenIn = [...state.seenIn, executionId].slice(-REMEMBERED_EXECUTIONS);
      return { ...state, held: state.held + (held ? 1 : 0), broke: state.broke + (held ? 0 : 1), seenIn };
    }
    default: {
      const impossible: never = event;
      return impossible;
    }
  }
}

export function fixStream(fixId: string): string {
  return `fix-${fixId}`;
}

function withFix(state: KnownFix, changes: Partial<Fix>): KnownFix {
  return { ...state, fix: { ...state.fix, ...changes } };
}

function withStatus(state: KnownFix, status: Fix['status']): KnownFix {
  return { ...withFix(state, { status }), status };
}

function untouched({ touching: _touching, ...state }: KnownFix): KnownFix {
  return state;
}

function standing(state: KnownFix): KnownFix {
  const { undone: _undone, ...fix } = state.fix;
  return { ...state, fix };
}

function withUse(state: KnownFix, use: { readonly executionId: string; readonly recheck?: string }): KnownFix {
  const others = (state.fix.usedIn ?? []).filter(({ executionId }) => executionId !== use.executionId);
  return withFix(state, { usedIn: [...others, use].slice(-REMEMBERED_USES) });
}
