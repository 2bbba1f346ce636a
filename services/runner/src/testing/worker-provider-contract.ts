import type { LeaseReply, RegisterReply, RegisterRequest, WorkerAssignment } from '@testimony/contracts';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkerProvider } from '../worker-provider';

export interface ProviderUnderTest {
  readonly provider: WorkerProvider;
  /** Ends the worker from outside and without warning, as a crash would. */
  kill(workerId: string): Promise<void>;
  /** Removes what the test left. */
  close(): Promise<void>;
}

/** The execution's door as far as a worker without work needs it. */
export class WorklessExecution {
  readonly registered: { readonly workerId: string; readonly authorization: string | undefined }[] = [];
  next: LeaseReply['next'] = 'wait';
  refuse = false;
  private readonly waiting: (() => void)[] = [];
  private readonly server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const route = request.url?.split('/').at(-1);
      response.statusCode = this.refuse ? 403 : 200;
      const lease: LeaseReply = { items: [], next: this.next, waitMs: 5 };
      const register: RegisterReply = { executionId: 'exe_1', heartbeatMs: 1_000 };
      response.end(
        JSON.stringify(
          this.refuse ? { detail: 'no' } : route === 'register' ? register : route === 'lease' ? lease : { cancelled: false, gone: [] },
        ),
      );
      if (route !== 'register') return;
      this.registered.push({ workerId: (JSON.parse(body) as RegisterRequest).workerId, authorization: request.headers.authorization });
      this.waiting.splice(0).forEach((wake) => wake());
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async registration(workerId: string): Promise<void> {
    while (!this.registered.some((r) => r.workerId === workerId)) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** What every provider of workers must do, whatever it makes them of. */
export function describeWorkerProvider(name: string, make: () => Promise<ProviderUnderTest>): void {
  describe(`workers of the ${name} provider`, () => {
    let execution: WorklessExecution;
    let url: string;
    let under: ProviderUnderTest;
    let count = 0;

    beforeEach(async () => {
      execution = new WorklessExecution();
      url = await execution.start();
      under = await make();
    });
    afterEach(async () => {
      await under.close();
      await execution.stop();
    });

    const assignment = (): WorkerAssignment => {
      count += 1;
      return { workerId: `wrk_${count}`, executionId: 'exe_1', projectId: 'shop', slots: 2, executionUrl: url, token: `token-${count}` };
    };

    it('register under their name with their token, and finish when there is no more work', async () => {
      const given = assignment();
      const handle = await under.provider.start(given);
      expect(handle.workerId).toBe(given.workerId);
      await execution.registration(given.workerId);
      execution.next = 'done';
      expect(await handle.ended).toEqual({ kind: 'finished' });
      expect(execution.registered).toEqual([{ workerId: given.workerId, authorization: `Bearer ${given.token}` }]);
    });

    it('are lost with a reason when they end early, and their token is not in it', async () => {
      execution.refuse = true;
      const given = assignment();
      const end = await (await under.provider.start(given)).ended;
      expect(end).toEqual({ kind: 'lost', reason: expect.stringMatching(/\w/) });
      expect(JSON.stringify(end)).not.toContain(given.token);
    });

    it('are lost when they are killed', async () => {
      const given = assignment();
      const handle = await under.provider.start(given);
      await execution.registration(given.workerId);
      await under.kill(given.workerId);
      expect(await handle.ended).toEqual({ kind: 'lost', reason: expect.stringMatching(/\w/) });
    });

    it('are lost when they are killed by force', async () => {
      const given = assignment();
      const handle = await under.provider.start(given);
      await execution.registration(given.workerId);
      handle.kill();
      expect(await handle.ended).toEqual({ kind: 'lost', reason: expect.stringMatching(/\w/) });
    });

    it('finish when they are stopped, also twice', async () => {
      const given = assignment();
      const handle = await under.provider.start(given);
      await execution.registration(given.workerId);
      await Promise.all([handle.stop(5_000), handle.stop(5_000)]);
      expect(await handle.ended).toEqual({ kind: 'finished' });
      await handle.stop(5_000);
    });

    it('are left alone by a sweep while their runner lives', async () => {
      const given = assignment();
      const handle = await under.provider.start(given);
      await execution.registration(given.workerId);
      expect(await under.provider.sweep()).toBe(0);
      execution.next = 'done';
      expect(await handle.ended).toEqual({ kind: 'finished' });
    });
  });
}
