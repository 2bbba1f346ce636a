import { DomainError, type PlannedTest, type Summary } from '@testimony/contracts';
import { dependencyCycle } from './dependency-cycle';
import type { Execution, ExecutionEvent } from './execution';

export type ExecutionCommand =
  | {
      readonly kind: 'request';
      readonly executionId: string;
      readonly projectId: string;
      readonly strategyId: string;
      readonly strategyName: string;
      readonly purpose?: 'run' | 'recheck' | 'experiment';
      readonly revision?: { readonly commit: string; readonly dirty: boolean };
      readonly tests: readonly PlannedTest[];
      readonly parallel: number;
      readonly maxAttempts: number;
      readonly now: Date;
    }
  | { readonly kind: 'start'; readonly now: Date }
  | { readonly kind: 'admit-again' }
  | { readonly kind: 'note-lost-worker'; readonly workerId: string; readonly reason: string; readonly replaced: boolean }
  | { readonly kind: 'note-silent-worker'; readonly workerId: string; readonly silentMs: number }
  | { readonly kind: 'begin-outage'; readonly url: string; readonly tests: number; readonly reason: string; readonly now: Date }
  | { readonly kind: 'end-outage'; readonly url: string; readonly recovered: boolean; readonly durationMs: number; readonly now: Date }
  /** Every planned test has its verdict; `summary` counts them. */
  | { readonly kind: 'complete'; readonly summary: Summary; readonly now: Date }
  | { readonly kind: 'cancel'; readonly reason: string; readonly now: Date };

/**
 * What happens on a command. Commands that come too late (start, complete, cancel after the end) answer with no event: whoever
 * was first has decided. Throws a DomainError where a person asked for what cannot be.
 */
export function decide(state: Execution, command: ExecutionCommand): ExecutionEvent[] {
  switch (command.kind) {
    case 'request':
      return request(state, command);
    case 'start':
      if (state.status !== 'admitted') return [];
      return [
        {
          type: 'io.testimony.execution.started',
          data: { executionId: state.executionId, startedAt: command.now.toISOString() },
        },
      ];
    case 'admit-again': {
      const { executionId, projectId, parallel } = underWay(state);
      return [{ type: 'io.testimony.execution.admitted', data: { executionId, projectId, parallel } }];
    }
    case 'note-lost-worker':
      if (state.status === 'none' || state.status === 'ended') return [];
      return [
        {
          type: 'execution.worker-lost',
          data: {
            executionId: state.executionId,
            workerId: command.workerId,
            reason: command.reason,
            replaced: command.replaced,
          },
        },
      ];
    case 'note-silent-worker': {
      if (state.status === 'none' || state.status === 'ended') return [];
      const { executionId } = state;
      const { workerId, silentMs } = command;
      const reason = `worker ${workerId} was not heard of for ${silentMs} ms`;
      return [
        { type: 'execution.worker-lost', data: { executionId, workerId, reason, replaced: true } },
        { type: 'io.testimony.execution.worker-silent', data: { executionId, workerId, silentMs } },
      ];
    }
    case 'begin-outage': {
      if (state.status === 'none' || state.status === 'ended') return [];
      const { url, tests, reason, now } = command;
      const at = now.toISOString();
      return [{ type: 'io.testimony.execution.outage-began', data: { executionId: state.executionId, url, tests, reason, at } }];
    }
    case 'end-outage': {
      if (state.status === 'none' || state.status === 'ended') return [];
      const { url, recovered, durationMs, now } = command;
      const at = now.toISOString();
      return [{ type: 'io.testimony.execution.outage-ended', data: { executionId: state.executionId, url, recovered, durationMs, at } }];
    }
    case 'complete':
      if (state.status === 'none' || state.status === 'ended') return [];
      return [
        {
          type: 'io.testimony.execution.completed',
          data: {
            executionId: state.executionId,
            projectId: state.projectId,
            status: statusOf(command.summary),
            summary: command.summary,
            completedAt: command.now.toISOString(),
          },
        },
      ];
    case 'cancel':
      if (state.status === 'none' || state.status === 'ended') return [];
      return [
        {
          type: 'io.testimony.execution.cancelled',
          data: {
            executionId: state.executionId,
            projectId: state.projectId,
            reason: command.reason,
            cancelledAt: command.now.toISOString(),
          },
        },
      ];
    default: {
      const impossible: never = command;
      return impossible;
    }
  }
}

/** A failed test outweighs a lost one; `passed` needs at least one test that ran. */
export function statusOf(summary: Summary): 'passed' | 'failed' | 'lost' | 'empty' {
  if (summary.failed > 0) return 'failed';
  if (summary.lost > 0) return 'lost';
  return summary.passed + summary.flaky + summary.healed > 0 ? 'passed' : 'empty';
}

function request(state: Execution, command: ExecutionCommand & { kind: 'request' }): ExecutionEvent[] {
  const { executionId, projectId, parallel } = command;
  if (state.status !== 'none') {
    throw new DomainError('execution-exists', `Execution ${executionId} exists already; ask for a new one under a new id.`, 409);
  }
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new DomainError('parallel-out-of-range', `An execution needs at least one slot, but parallel is ${parallel}; give 1 or more.`);
  }
  if (command.tests.length === 0) {
    throw new DomainError('no-tests', `Strategy "${command.strategyName}" holds no test; plan one that finds tests, then run it.`);
  }
  const seen = new Set<string>();
  const twice = command.tests.find(({ testId }) => seen.size === seen.add(testId).size)?.testId;
  if (twice !== undefined) {
    throw new DomainError(
      'test-twice',
      `Strategy "${command.strategyName}" holds the test ${twice} twice; plan anew, or remove one of them.`,
    );
  }
  const cycle = dependencyCycle(command.tests);
  if (cycle) {
    throw new DomainError(
      'dependency-cycle',
      `These tests wait for one another and could never run: ${cycle.join(' -> ')}. Remove one of these dependencies.`,
    );
  }
  return [
    {
      type: 'io.testimony.execution.requested',
      data: {
        executionId,
        projectId,
        strategyId: command.strategyId,
        strategyName: command.strategyName,
        purpose: command.purpose ?? 'run',
        ...(command.revision ? { revision: command.revision } : {}),
        tests: [...command.tests],
        parallel,
        maxAttempts: command.maxAttempts,
        requestedAt: command.now.toISOString(),
      },
    },
    { type: 'io.testimony.execution.admitted', data: { executionId, projectId, parallel } },
  ];
}

function underWay(state: Execution): Execution & { status: 'requested' | 'admitted' | 'started' } {
  if (state.status === 'none') {
    throw new DomainError('execution-unknown', 'There is no such execution; `e2e report` lists those that exist.', 404);
  }
  if (state.status === 'ended') {
    throw new DomainError(
      'execution-ended',
      `Execution ${state.executionId} has ended (${state.as}), so there is nothing to resume; start a new one.`,
      409,
    );
  }
  return state;
}
