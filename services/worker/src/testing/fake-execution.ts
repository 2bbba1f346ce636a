import type { HeartbeatRequest, LeaseReply, ReportedAttempt, ReportRequest, WorkItem } from '@testimony/contracts';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export const TOKEN = 'the-token-of-this-execution';

/** The execution's door as a worker sees it, with a queue in memory and levers for what goes wrong. */
export class FakeExecution {
  readonly reports: ReportRequest[] = [];
  readonly heartbeats: HeartbeatRequest[] = [];
  readonly calls: string[] = [];
  /** Batches to hand out, then `wait` while `open`, then `done`. */
  batches: WorkItem[][] = [];
  open = false;
  cancelled = false;
  gone: string[] = [];
  /** What the answer to the next report takes back. */
  takenBack: string[] = [];
  /** Called before an answer; throws to break the connection instead, or returns a status to refuse. */
  before: (route: string, body: string) => number | void | Promise<number | void> = () => undefined;
  private readonly watchers = new Set<() => void>();
  private readonly server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const route = (request.url ?? '').replace('/worker/v1/', '');
      this.calls.push(route);
      try {
        const status = request.headers.authorization === `Bearer ${TOKEN}` ? await this.before(route, body) : 401;
        if (status) {
          response.writeHead(status, { 'content-type': 'application/problem+json' });
          response.end(JSON.stringify({ type: 'x', title: 'x', status, detail: 'The token has expired.' }));
        } else response.end(JSON.stringify(this.answer(route, body)));
      } catch {
        request.socket.destroy();
      }
      for (const watcher of this.watchers) watcher();
    })();
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Resolves as soon as the condition holds; it is looked at after each request. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
      look();
    });
  }

  get attempts(): ReportedAttempt[] {
    return this.reports.flatMap((r) => r.attempts);
  }

  private answer(route: string, body: string): unknown {
    if (route === 'register') return { executionId: 'exe_1', heartbeatMs: 20 };
    if (route === 'heartbeat') {
      this.heartbeats.push(JSON.parse(body) as HeartbeatRequest);
      return { cancelled: this.cancelled, gone: this.gone };
    }
    if (route === 'report') {
      const report = JSON.parse(body) as ReportRequest;
      this.reports.push(report);
      const gone = this.takenBack.splice(0);
      return { acknowledged: report.sequence, superseded: [], ...(gone.length > 0 ? { gone } : {}) };
    }
    const items = this.batches.shift() ?? [];
    const reply: LeaseReply = { items, next: items.length > 0 ? 'work' : this.open ? 'wait' : 'done', waitMs: 5 };
    return reply;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

let leases = 0;

/** Items of the fake framework; the name says what each does. */
export function batch(...names: string[]): WorkItem[] {
  return names.map((file) => {
    leases += 1;
    return {
      leaseId: `lea_${leases}`,
      testId: `test_${leases}`,
      attempt: 1,
      service: 'orders',
      framework: 'fake',
      file,
      titlePath: [],
      timeoutMs: 1_000,
      conditions: { isolated: false },
    };
  });
}
