import type {
  HeartbeatReply,
  LeaseReply,
  Outcome,
  Problem,
  RegisterReply,
  ReportedAttempt,
  ReportReply,
  WorkItem,
} from '@testimony/contracts';

/** A worker as the door sees it: what a spec makes it say, over real HTTP. */
export class TestWorker {
  private sequence = 0;

  constructor(
    private readonly url: string,
    private readonly token: string,
    readonly workerId: string,
  ) {}

  register(slots = 4): Promise<RegisterReply> {
    return this.post('register', { workerId: this.workerId, slots });
  }

  lease(): Promise<LeaseReply> {
    return this.post('lease', { workerId: this.workerId, slot: 0 });
  }

  report(attempts: readonly ReportedAttempt[], sequence = (this.sequence += 1)): Promise<ReportReply> {
    return this.post('report', { workerId: this.workerId, sequence, attempts });
  }

  heartbeat(leaseIds: readonly string[]): Promise<HeartbeatReply> {
    return this.post('heartbeat', { workerId: this.workerId, leaseIds });
  }

  /** Leases until nothing is ready, without reporting. */
  async leaseAll(): Promise<WorkItem[]> {
    const items: WorkItem[] = [];
    for (;;) {
      const reply = await this.lease();
      if (reply.next !== 'work') return items;
      items.push(...reply.items);
    }
  }

  /** Works as a real one until there is nothing more to do, each test ending as `outcome` says. */
  async work(outcome: (item: WorkItem) => Outcome = () => 'passed'): Promise<void> {
    for (;;) {
      const reply = await this.lease();
      if (reply.next === 'done') return;
      if (reply.items.length > 0) await this.report(reply.items.map((item) => reported(item, outcome(item))));
    }
  }

  async post<T>(route: string, body: unknown): Promise<T> {
    const response = await fetch(`${this.url}/worker/v1/${route}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const reply: unknown = await response.json();
    if (response.status === 200) return reply as T;
    throw new Error(`${response.status} ${(reply as Problem).type}: ${(reply as Problem).detail}`);
  }
}

export function reported(item: WorkItem, outcome: Outcome, over: Partial<ReportedAttempt> = {}): ReportedAttempt {
  return {
    leaseId: item.leaseId,
    testId: item.testId,
    attempt: item.attempt,
    outcome,
    conditions: item.conditions,
    startedAt: '2026-01-02T03:04:05.000Z',
    durationMs: 12,
    ...(outcome === 'failed' ? { failure: { class: 'assertion' as const, message: 'expected 1, got 2', stack: 'at a.ts:1' } } : {}),
    requests: [],
    logs: ['hello'],
    artifacts: [],
    ...over,
  };
}
