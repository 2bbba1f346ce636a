import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingService {
  readonly url: string;
  readonly port: number;
  /** How often each test asked `/ran/<test>`: the system under test's own word on what really ran. */
  readonly ran: ReadonlyMap<string, number>;
  /** Resolves when at least `count` different tests have asked. */
  reached(count: number): Promise<void>;
  /** Stops answering: open connections are cut, new ones refused. */
  stop(): Promise<void>;
}

/** A system under test that remembers who called. `/ran/<test>` answers 200 after `delayMs`; `/health` answers 200. */
export async function startCountingService(options: { readonly delayMs?: number; readonly port?: number } = {}): Promise<CountingService> {
  const ran = new Map<string, number>();
  const waiting = new Set<() => void>();
  const server: Server = createServer((request, response) => {
    const [, route, test] = (request.url ?? '').split('/');
    const answer = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    if (route !== 'ran' || test === undefined) return void answer();
    ran.set(test, (ran.get(test) ?? 0) + 1);
    for (const check of waiting) check();
    if (options.delayMs) setTimeout(answer, options.delayMs);
    else answer();
  });
  await new Promise<void>((done, failed) => server.once('error', failed).listen(options.port ?? 0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    ran,
    reached: (count) =>
      new Promise((done) => {
        const check = () => {
          if (ran.size < count) return;
          waiting.delete(check);
          done();
        };
        waiting.add(check);
        check();
      }),
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
