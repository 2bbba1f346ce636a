import type { Worker, WorkerEvent } from './worker';

export type WorkerCommand =
  | {
      readonly kind: 'request';
      readonly workerId: string;
      readonly executionId: string;
      readonly provider: string;
      readonly slots: number;
    }
  | { readonly kind: 'start'; readonly now: Date }
  | { readonly kind: 'finish'; readonly now: Date }
  | { readonly kind: 'lose'; readonly reason: string; readonly replaced: boolean; readonly now: Date };

/** What happens to a worker on a command; nothing to one that has ended. */
export function decide(state: Worker, command: WorkerCommand): WorkerEvent[] {
  if (command.kind === 'request') {
    if (state.status !== 'none') return [];
    const { workerId, executionId, provider, slots } = command;
    return [{ type: 'io.testimony.worker.requested', data: { workerId, executionId, provider, slots } }];
  }
  if (state.status === 'none' || state.status === 'ended') return [];
  const { workerId, executionId } = state;
  const at = command.now.toISOString();
  switch (command.kind) {
    case 'start':
      return state.status === 'requested' ? [{ type: 'io.testimony.worker.started', data: { workerId, executionId, at } }] : [];
    case 'finish':
      return [{ type: 'io.testimony.worker.finished', data: { workerId, executionId, at } }];
    case 'lose':
      return [
        {
          type: 'io.testimony.worker.lost',
          data: { workerId, executionId, reason: command.reason, replaced: command.replaced, at },
        },
      ];
    default: {
      const impossible: never = command;
      return impossible;
    }
  }
}
