import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  AssertionError,
  closeConnections,
  expect as pageExpect,
  expectWasExtended,
  NetworkError,
  Page,
  PageUsageError,
  RequestTimeoutError,
} from './index';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let base: string;
let handler: Handler;
let sockets: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => handler(request, response, body));
  });
  server.on('connection', () => (sockets += 1));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  closeConnections();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const echo: Handler = (request, response, body) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
};
beforeEach(() => {
  handler = echo;
  sockets = 0;
});

interface Echo {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
}
const page = (more: Partial<ConstructorParameters<typeof Page>[0]> = {}): Page =>
  new Page({
    service: 'shop',
    services: { shop: { baseUrl: `${base}/api/`, headers: { 'X-Tenant': 'acme' } }, other: { baseUrl: 'http://127.0.0.1:2' }, unset: {} },
    ...more,
  });

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('requests', () => {
  it('go below the base URL with query, headers and one body', async () => {
    const p = page();
    const json = (
      await p.post('/orders', { query: { a: 1, b: ['x', 'y'], c: undefined, d: null }, headers: { 'x-tenant': 'mine' }, json: { n: 1 } })
    ).json<Echo>();
    expect(json).toMatchObject({
      method: 'POST',
      url: '/api/orders?a=1&b=x&b=y',
      body: '{"n":1}',
      headers: { 'content-type': 'application/json', 'x-tenant': 'mine' },
    });
    expect((await p.put('orders/1', { form: { a: 'b c' } })).json<Echo>()).toMatchObject({
      url: '/api/orders/1',
      body: 'a=b+c',
      headers: { 'x-tenant': 'acme' },
    });
    expect((await p.patch('?x=1', { body: 'raw' })).json<Echo>()).toMatchObject({ method: 'PATCH', url: '/api?x=1', body: 'raw' });
    expect((await p.delete(`${base}/whole`)).json<Echo>()).toMatchObject({ method: 'DELETE', url: '/whole' });
    expect((await p.request('options', '/')).json<Echo>().method).toBe('OPTIONS');
  });

  it('share a connection', async () => {
    closeConnections();
    const p = page();
    for (let i = 0; i < 5; i += 1) p.assertOk(await p.get('/'));
    expect(sockets).toBe(1);
  });

  it('refuse what would be ignored in silence', async () => {
    const p = page();
    expect(await thrownBy(() => p.post('/x', { data: 1 } as object))).toMatchObject({
      message: expect.stringContaining("no option 'data'"),
      failureClass: 'other',
    });
    expect(await thrownBy(() => p.post('/x', { json: 1, body: 'x' }))).toMatchObject({ message: expect.stringContaining('only one body') });
    expect(await thrownBy(() => p.service('unset').get('/x'))).toMatchObject({
      message: expect.stringContaining('services.unset.base_url in e2e.conf'),
    });
    expect(await thrownBy(() => p.service('unheard').get('/x'))).toMatchObject({
      message: expect.stringContaining('services.unheard.base_url in e2e.conf'),
    });
  });

  it('say which address gave no answer, and why', async () => {
    const p = page();
    const refused = await thrownBy(() => p.service('other').get('/x'));
    expect(refused).toBeInstanceOf(NetworkError);
    expect(refused).toMatchObject({ code: 'ECONNREFUSED', url: 'http://127.0.0.1:2/x', failureClass: 'network' });
    handler = (request) => request.socket.destroy();
    expect(await thrownBy(() => p.post('/x'))).toMatchObject({ code: 'ECONNRESET' });
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('abc', () => response.destroy());
    };
    expect(await thrownBy(() => p.get('/x'))).toMatchObject({
      failureClass: 'network',
      message: expect.stringContaining('in the middle of the answer'),
    });
    handler = () => undefined;
    const late = await thrownBy(() => p.get('/x', { timeoutMs: 30 }));
    expect(late).toBeInstanceOf(RequestTimeoutError);
    expect(late).toMatchObject({ message: expect.stringContaining('within 30 ms') });
    expect(p.requestsUnderWay).toBe(0);
  });

  it('send a GET again when the kept connection was just closed, and show it; a POST never', async () => {
    closeConnections();
    const p = page();
    p.assertOk(await p.get('/'));
    let seen = 0;
    handler = (request, response, body) => {
      seen += 1;
      if (seen === 1) request.socket.destroy();
      else echo(request, response, body);
    };
    p.assertOk(await p.get('/again'));
    expect(p.requests.map(({ status, error }) => [status, error])).toEqual([
      [200, undefined],
      [null, expect.stringContaining('sent again')],
      [200, undefined],
    ]);
    handler = echo;
    p.assertOk(await p.get('/'));
    seen = 0;
    handler = (request) => {
      seen += 1;
      request.socket.destroy();
    };
    expect(await thrownBy(() => p.post('/once'))).toMatchObject({ code: 'ECONNRESET' });
    expect(seen).toBe(1);
  });

  it('follow redirects as browsers do, and not beyond reason', async () => {
    handler = (request, response, body) => {
      const [, status] = /^\/api\/(\d{3})$/.exec(request.url ?? '') ?? [];
      if (status === undefined) return echo(request, response, body);
      response.writeHead(Number(status), { location: status === '308' ? '/kept' : '/next' });
      response.end();
    };
    const p = page();
    expect((await p.post('/303', { json: 1 })).json<Echo>()).toMatchObject({ method: 'GET', url: '/next', body: '' });
    expect((await p.post('/308', { json: 1 })).json<Echo>()).toMatchObject({ method: 'POST', url: '/kept', body: '1' });
    expect(await p.get('/302', { redirect: 'manual' })).toMatchObject({ status: 302, ok: false });
    handler = (_request, response) => {
      response.writeHead(302, { location: '/round' });
      response.end();
    };
    expect(await thrownBy(() => p.get('/'))).toMatchObject({ message: expect.stringContaining('redirected more than 10 times') });
  });

  it('read compressed bodies, and refuse endless ones', async () => {
    handler = (_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('{"a":1}'));
    };
    const p = page();
    expect((await p.get('/')).json()).toEqual({ a: 1 });
    handler = (_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const more = (): void => {
        if (!response.destroyed) response.write(chunk, more);
      };
      more();
    };
    expect(await thrownBy(() => p.get('/'))).toMatchObject({ code: 'ERR_BODY_TOO_LARGE' });
  });
});

describe('credentials', () => {
  it('go to configured services only, and stay out of the history', async () => {
    const p = page({ secrets: ['s3cr3t-value'] });
    p.auth.bearer('tok-12345');
    expect((await p.get('/')).json<Echo>().headers).toMatchObject({ authorization: 'Bearer tok-12345' });
    p.auth.basic('ann', 'pass-word');
    p.auth.apiKey('key-12345');
    expect((await p.get('/')).json<Echo>().headers).toMatchObject({
      authorization: 'Basic YW5uOnBhc3Mtd29yZA==',
      'x-api-key': 'key-12345',
    });
    const foreign = base.replace('127.0.0.1', 'localhost');
    expect((await p.get(`${foreign}/`)).json<Echo>().headers).not.toHaveProperty('authorization');
    expect((await p.get(`${foreign}/`)).json<Echo>().headers).not.toHaveProperty('x-tenant');
    await p.post('/x?token=s3cr3t-value', { json: { password: 'pw-9', note: 'tok-12345' } });
    const shown = JSON.stringify(p.requests);
    for (const secret of ['tok-12345', 'YW5uOnBhc3Mtd29yZA', 'pass-word', 'key-12345', 's3cr3t-value', 'pw-9'])
      expect(shown).not.toContain(secret);
    p.auth.clear();
    expect((await p.get('/')).json<Echo>().headers).not.toHaveProperty('x-api-key');
  });

  it('come from a login', async () => {
    handler = (request, response, body) => {
      if (request.url === '/api/login') return response.end('{"data":{"token":"tok-of-login"}}');
      if (request.url === '/api/deep') return response.end('{"a":{"b":"tok-deep"}}');
      if (request.url === '/api/none') return response.end('{}');
      if (request.url === '/api/cookie') {
        response.setHeader('set-cookie', ['sid=1; Path=/api; HttpOnly', 'gone=1; Max-Age=0']);
        return response.end();
      }
      if (request.url === '/api/denied') response.statusCode = 401;
      return echo(request, response, body);
    };
    const p = page();
    await p.login('/login', { json: { user: 'ann' } });
    expect((await p.get('/me')).json<Echo>().headers).toMatchObject({ authorization: 'Bearer tok-of-login' });
    await p.login('/deep', { tokenPath: 'a.b' });
    expect((await p.service('shop').get('/me')).json<Echo>().headers).toMatchObject({ authorization: 'Bearer tok-deep' });
    await p.login('/cookie');
    expect((await p.get('/me')).json<Echo>().headers).toMatchObject({ cookie: 'sid=1' });
    expect((await p.get(`${base}/outside`)).json<Echo>().headers).not.toHaveProperty('cookie');
    expect(await thrownBy(() => p.login('/none'))).toMatchObject({ failureClass: 'authentication' });
    expect(await thrownBy(() => p.login('/denied'))).toMatchObject({ failureClass: 'authentication', httpStatus: 401 });
  });
});

describe('assertions', () => {
  it.each([
    [401, 'authentication'],
    [403, 'authorization'],
    [404, 'not_found'],
    [400, 'validation'],
    [422, 'validation'],
    [500, 'server'],
    [503, 'server'],
    [405, 'other'],
    [409, 'other'],
    [429, 'other'],
    [418, 'assertion'],
    [302, 'assertion'],
  ])('class a status of %i as %s', async (status, failureClass) => {
    handler = (_request, response) => {
      response.statusCode = status;
      response.end('why');
    };
    const p = page();
    const response = await p.get('/x');
    p.assertStatus(response, [status, 200]);
    const thrown = await thrownBy(() => p.assertOk(response));
    expect(thrown).toBeInstanceOf(AssertionError);
    expect(thrown).toMatchObject({
      failureClass,
      httpStatus: status,
      actual: status,
      message: `GET ${base}/api/x answered ${status}, expected 200 to 299: why`,
    });
  });

  it('class a wrong success as an assertion', async () => {
    const p = page();
    expect(await thrownBy(async () => p.assertStatus(await p.get('/'), 404))).toMatchObject({
      failureClass: 'assertion',
      expected: '404',
      actual: 200,
    });
  });

  it('look for a part of the body', async () => {
    handler = (_request, response) => void response.end('{"id":7,"items":[{"sku":"a","n":1}],"note":null}');
    const p = page();
    const response = await p.get('/');
    p.assertJson(response, { id: pageExpect.any(Number), items: [{ sku: 'a' }], missing: undefined });
    p.assertJson(response, { id: 7, items: [{ sku: 'a', n: 1 }], note: null }, { exact: true });
    const said = async (expected: unknown, exact = false): Promise<string> =>
      ((await thrownBy(() => p.assertJson(response, expected, { exact }))) as Error).message;
    expect(await said({ items: [{ sku: 'b' }] })).toContain('$.items[0].sku is "a", expected "b"');
    expect(await said({ items: [] })).toContain('$.items.length is 1, expected 0');
    expect(await said({ id: pageExpect.any(String) })).toContain('$.id is 7, expected Any<String>');
    expect(await said({ absent: 1 })).toContain('$.absent is nothing, expected 1');
    expect(await said({ note: undefined })).toContain('$.note is null, expected nothing');
    expect(await said({ id: 7 }, true)).toContain('$.items is [');
    handler = (_request, res) => void res.end('<html>');
    expect(await thrownBy(async () => p.assertJson(await p.get('/'), {}))).toMatchObject({
      message: expect.stringContaining('no JSON: <html>'),
    });
  });

  it('look at headers', async () => {
    const p = page();
    const response = await p.get('/');
    p.assertHeader(response, 'Content-Type');
    p.assertHeader(response, 'content-type', 'application/json');
    p.assertHeader(response, 'content-type', /json/);
    expect(await thrownBy(() => p.assertHeader(response, 'x-none'))).toMatchObject({
      message: expect.stringContaining('expected header x-none to be there, got none'),
    });
    expect(await thrownBy(() => p.assertHeader(response, 'content-type', 'text/html'))).toMatchObject({ actual: 'application/json' });
  });

  it('check schemas of both drafts', async () => {
    const p = page();
    const response = await p.get('/');
    p.assertSchema(response, { type: 'object', required: ['url'], properties: { url: { type: 'string' } } });
    p.assertSchema([1, 'a'], { prefixItems: [{ type: 'number' }, { type: 'string' }] });
    p.assertSchema([1, 'a'], { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'number' }, { type: 'string' }] });
    const broken = await thrownBy(() =>
      p.assertSchema(
        { a: 'x', at: 'never', b: 1 },
        { type: 'object', properties: { a: { type: 'integer' }, at: { format: 'date-time' } }, additionalProperties: false },
      ),
    );
    expect(broken).toMatchObject({ failureClass: 'assertion', message: expect.stringContaining('$.a must be integer') });
    expect((broken as Error).message).toContain('(b)');
    expect((broken as Error).message).toContain('date-time');
    expect(await thrownBy(() => p.assertSchema(1, { type: 'wrong' }))).toMatchObject({ name: 'PageUsageError' });
  });

  it('offer the whole of expect, loaded late', () => {
    pageExpect([1, 2]).toContain(2);
    pageExpect({ a: 1, b: 'x' }).toEqual(pageExpect.objectContaining({ b: pageExpect.stringMatching(/x/) }));
    expect(() => pageExpect(1).not.toBe(1)).toThrow('not.toBe');
    expect(expectWasExtended()).toBe(false);
    pageExpect.extend({ toBeEven: (value: number) => ({ pass: value % 2 === 0, message: () => 'odd' }) });
    expect(expectWasExtended()).toBe(true);
  });
});

describe('waitFor', () => {
  it('gives the first truthy value', async () => {
    let tries = 0;
    expect(await page().waitFor(() => (++tries === 3 ? 'there' : undefined), { intervalMs: 1 })).toBe('there');
  });

  it('takes errors for not yet, and names the last one at the deadline', async () => {
    const thrown = await thrownBy(() =>
      page().waitFor(
        () => {
          throw new Error('not shipped');
        },
        { timeoutMs: 20, intervalMs: 5, message: 'the order to ship' },
      ),
    );
    expect(thrown).toMatchObject({
      failureClass: 'assertion',
      message: expect.stringMatching(/^waited 20 ms for the order to ship \(\d+ tr(?:y|ies)\); the last try failed: not shipped$/),
    });
    expect(await thrownBy(() => page().waitFor(() => ({ a: 0 }).a, { timeoutMs: 5, intervalMs: 1 }))).toMatchObject({
      message: expect.stringContaining('the last value was 0'),
    });
    expect(await thrownBy(() => page().waitFor(() => new Promise(() => undefined), { timeoutMs: 5 }))).toMatchObject({
      message: expect.stringContaining('never came back'),
    });
  });

  it.each<[string, unknown, string, string | undefined]>([
    ['nobody who answers', new NetworkError('x', 'ECONNREFUSED', 'http://gone/'), 'network', 'ECONNREFUSED'],
    [
      'nobody who answers another client',
      new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) }),
      'network',
      'ENOTFOUND',
    ],
    ['an answer that takes too long', new RequestTimeoutError('x', 'http://slow/'), 'timeout', 'ETIMEDOUT'],
    ['a status', new AssertionError('x', { failureClass: 'not_found' }), 'not_found', 'ERR_ASSERTION'],
    ['a call that is written wrongly', new PageUsageError('x'), 'other', 'ERR_ASSERTION'],
    ['anything else', new RangeError('x'), 'assertion', 'ERR_ASSERTION'],
  ])('that runs out over %s has its class', async (_name, error, failureClass, code) => {
    expect(await thrownBy(() => page().waitFor(() => Promise.reject(error), { timeoutMs: 5, intervalMs: 1 }))).toMatchObject({
      failureClass,
      code,
    });
  });

  it('that runs out over a wrong value is an assertion, over none at all a time-out', async () => {
    const classOf = (condition: () => unknown): Promise<unknown> =>
      thrownBy(() => page().waitFor(condition, { timeoutMs: 5, intervalMs: 1 }));
    expect(await classOf(() => 0)).toMatchObject({ failureClass: 'assertion' });
    expect(await classOf(() => new Promise(() => undefined))).toMatchObject({ failureClass: 'timeout' });
  });
});

describe('the history', () => {
  it('cuts bodies and forgets the middle of a long story, and says so', async () => {
    handler = (_request, response) => void response.end('y'.repeat(5000));
    const p = page();
    await p.post('/x', { body: 'x'.repeat(5000) });
    expect(p.requests[0]?.requestBody).toHaveLength(2048 + '... (5000 characters)'.length);
    expect(p.requests[0]?.responseBody).toMatch(/^y{2048}\.\.\. \(5000 characters\)$/);
    handler = (_request, response) => void response.end();
    for (let i = 0; i < 120; i += 1) await p.get(`/${i}`);
    const { requests } = p;
    expect(requests).toHaveLength(101);
    expect(requests[50]).toMatchObject({ method: '...', url: '21 more requests' });
    expect(requests[100]?.url).toBe(`${base}/api/119`);
  });
});
