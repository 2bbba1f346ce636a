import { decide, type WorkerCommand } from './decide';
import { evolve, NO_WORKER, WORKER_EVENTS, type WorkerEvent } from './worker';

const now = new Date('2026-01-02T03:04:05.000Z');
const request: WorkerCommand = { kind: 'request', workerId: 'wrk_1', executionId: 'exe_1', provider: 'local', slots: 4 };
const given = (...commands: WorkerCommand[]): WorkerEvent[] => {
  let state = NO_WORKER as Parameters<typeof evolve>[0];
  let last: WorkerEvent[] = [];
  for (const command of commands) {
    last = decide(state, command);
    state = last.reduce(evolve, state);
  }
  return last;
};
const lose: WorkerCommand = { kind: 'lose', reason: 'its process was ended by SIGKILL', replaced: true, now };

describe('a worker', () => {
  it.each([
    ['asked for', [request], 'io.testimony.worker.requested'],
    ['started', [request, { kind: 'start', now }], 'io.testimony.worker.started'],
    ['lost before it started', [request, lose], 'io.testimony.worker.lost'],
    ['finished', [request, { kind: 'start', now }, { kind: 'finish', now }], 'io.testimony.worker.finished'],
  ] as [string, WorkerCommand[], string][])('%s says so in one event of the published schema', (_, commands, type) => {
    const events = given(...commands);
    expect(events.map((e) => e.type)).toEqual([type]);
    for (const event of events) WORKER_EVENTS.find((d) => d.type === event.type)!.schema.parse(event.data);
  });

  it.each([
    ['twice asked for', [request, request]],
    ['twice started', [request, { kind: 'start', now }, { kind: 'start', now }]],
    ['lost after it finished', [request, { kind: 'finish', now }, lose]],
    ['finished after it was lost', [request, lose, { kind: 'finish', now }]],
    ['started without a request', [{ kind: 'start', now }]],
  ] as [string, WorkerCommand[]][])('%s says nothing', (_, commands) => {
    expect(given(...commands)).toEqual([]);
  });
});
