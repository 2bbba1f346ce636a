import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface JobsService {
  readonly url: string;
  stop(): Promise<void>;
}

/** Every other report, the first among them, takes this long; all else is done at once. */
const SLOW_MS = 150;

/**
 * A system under test that works asynchronously: `POST /jobs` answers 202 with the job's number, `GET /jobs/<n>` says `working` and then `done`.
 * `GET /broken` is a bug that tells in its answer what it was sent, as careless services do.
 */
export async function startJobsService(): Promise<JobsService> {
  const doneAt = new Map<number, number>();
  let reports = 0;
  const server: Server = createServer((request, response) => {
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    const { method, url = '/' } = request;
    if (method === 'POST' && url === '/jobs') {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const job = doneAt.size + 1;
        const isReport = body.includes('report');
        if (isReport) reports += 1;
        doneAt.set(job, Date.now() + (isReport && reports % 2 === 1 ? SLOW_MS : 0));
        answer(202, { job }, { 'set-cookie': 'session=canary-cookie-4711; HttpOnly' });
      });
      return;
    }
    request.resume();
    const [, route, id] = url.split('/');
    if (route === 'jobs') {
      const at = doneAt.get(Number(id));
      return void (at === undefined
        ? answer(404, { error: 'no such job' })
        : answer(200, { job: Number(id), state: Date.now() >= at ? 'done' : 'working' }));
    }
    if (route === 'broken') return void answer(500, { error: 'cannot work', sent: request.headers });
    answer(200, { ok: true });
  });
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
