// Cases of our own test modules: real pages against the real faults, and the failure as the native host reports it.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { classOfStatus, innocentLogs, nameOf, pathOf, STATUS_PAIRS } from './faults.mjs';
import { ORDER, SHAPES } from './server.mjs';

export const NATIVE = 'testimony';

export function nativeCases(random) {
  const cases = [];
  const behaviours = new Map();
  const add = (facts, run) =>
    cases.push({
      id: `c${String(8001 + cases.length)}`,
      language: 'js',
      framework: NATIVE,
      client: 'page',
      name: nameOf(random),
      logs: innocentLogs(random),
      requests: [],
      ...facts,
      run,
    });
  const place = (behaviour) => {
    const path = pathOf(random);
    behaviours.set(path, behaviour);
    return path;
  };
  for (const [observed, expected] of STATUS_PAIRS) {
    const path = place({ kind: 'status', status: observed, shape: random.pick(Object.keys(SHAPES)) });
    const method = random.pick(['get', 'post', 'put', 'delete']);
    const [style, check] = random.pick([
      ['assertStatus', (page, response) => page.assertStatus(response, expected)],
      ['assertStatus', (page, response) => page.assertStatus(response, [expected, 299])],
      ['expect', (page, response) => page.expect(response.status).toBe(expected)],
      ...(expected < 300 && observed >= 300 ? [['assertOk', (page, response) => page.assertOk(response)]] : []),
    ]);
    add({ fault: `status ${observed}`, style, cls: classOfStatus(observed) }, async (page) =>
      check(page, await page[method](path, { redirect: 'manual' })),
    );
  }
  for (const status of [401, 403, 500]) {
    const path = place({ kind: 'status', status });
    add({ fault: `status ${status}`, style: 'login', cls: classOfStatus(status) }, (page) => page.login(path, { json: { user: 'ada' } }));
  }
  const ok = () => place({ kind: 'status', status: 200 });
  /** @type {[string, (page: any, response: any) => unknown][]} */
  const dataFaults = [
    ['field', (page, response) => page.assertJson(response, { state: 'shipped' })],
    ['exact', (page, response) => page.assertJson(response, { id: 17 }, { exact: true })],
    ['header', (page, response) => page.assertHeader(response, 'x-total', '3')],
    ['schema', (page, response) => page.assertSchema(response, { type: 'object', required: ['shippedAt'] })],
    ['number', (page) => page.expect(404).toBe(200)],
    ['string', (page, response) => page.expect(response.json().state).toBe('shipped')],
    ['deep', (page, response) => page.expect(response.json()).toEqual({ ...ORDER, total: 1 })],
    ['length', (page, response) => page.expect(response.json().items).toHaveLength(3)],
  ];
  for (const [fault, check] of dataFaults) {
    const path = ok();
    add({ fault: `data: ${fault}`, style: 'data', cls: 'assertion' }, async (page) => check(page, await page.get(path)));
  }
  for (const [fault, kind] of [
    ['reset', 'reset'],
    ['hangup', 'hangup'],
    ['half', 'half'],
    ['garbage', 'garbage'],
  ]) {
    const path = place({ kind });
    add({ fault: `network: ${fault}`, style: 'thrown', cls: 'network' }, (page) => page.get(path));
  }
  add({ fault: 'network: refused', style: 'thrown', cls: 'network' }, (page, at) => page.get(`http://127.0.0.1:${at.closed}/api/orders/3`));
  add({ fault: 'network: refused', style: 'thrown', cls: 'network' }, (page, at) => page.post(`http://localhost:${at.closed}/api/login`));
  add({ fault: 'network: dns', style: 'thrown', cls: 'network' }, (page) => page.get('http://shop.invalid/api/orders/3'));
  add({ fault: 'network: self-signed', style: 'thrown', cls: 'network' }, (page, at) => page.get(`${at.https}/api/orders/3`));
  for (const kind of ['never', 'stall']) {
    const path = place({ kind });
    add({ fault: `timeout: ${kind}`, style: 'thrown', cls: 'timeout' }, (page) => page.get(path, { timeoutMs: 150 }));
  }
  const [calm, away, down] = [ok(), place({ kind: 'status', status: 404 }), place({ kind: 'status', status: 503 })];
  add({ fault: 'poll: wrong value', style: 'poll', cls: 'assertion' }, (page) =>
    page.waitFor(async () => (await page.get(calm)).json().state === 'shipped', { timeoutMs: 200, message: 'the order is shipped' }),
  );
  add({ fault: 'poll: wrong value', style: 'poll', cls: 'assertion' }, (page) =>
    page.waitFor(async () => page.assertJson(await page.get(calm), { state: 'shipped' }), { timeoutMs: 200 }),
  );
  add({ fault: 'poll: refused', style: 'poll', cls: 'network' }, (page, at) =>
    page.waitFor(() => page.get(`http://127.0.0.1:${at.closed}/health`), { timeoutMs: 200 }),
  );
  add({ fault: 'poll: status 404', style: 'poll', cls: 'not_found' }, (page) =>
    page.waitFor(
      async () => {
        page.assertOk(await page.get(away));
        return true;
      },
      { timeoutMs: 200 },
    ),
  );
  add({ fault: 'poll: status 503', style: 'poll', cls: 'server' }, (page) =>
    page.waitFor(
      async () => {
        page.assertStatus(await page.get(down), 200);
        return true;
      },
      { timeoutMs: 200 },
    ),
  );
  /** @type {[string, (page: any) => unknown][]} */
  const crashes = [
    ['undefined', () => [].first.name],
    ['usage', (page) => page.service('nowhere').get('/')],
    ['reference', () => Reflect.construct(Array, [-1])],
    [
      'thrown',
      () => {
        throw new Error('SHOP_USER is not set');
      },
    ],
    ['file', async () => (await import('node:fs')).readFileSync('no/such/file.json')],
    ['module', () => import('./no-such-module.mjs')],
  ];
  for (const [fault, run] of crashes) add({ fault: `crash: ${fault}`, style: 'thrown', cls: 'other' }, run);
  return { cases, behaviours };
}

export async function runNative(_framework, cases, { repository, servers }) {
  const require = createRequire(import.meta.url);
  const { Page } = require(join(repository, 'libs/page/dist/index.js'));
  const { failureOf } = require(join(repository, 'libs/frameworks/dist/failure.js'));
  const view = { root: import.meta.dirname, ours: (file) => file.includes('libs/page/') };
  const forms = new Map();
  for (const c of cases) {
    const page = new Page({ service: 'shop', services: { shop: { baseUrl: servers.http } } });
    try {
      await c.run(page, servers);
    } catch (error) {
      forms.set(c.id, { failure: failureOf(error, view, (text) => text), requests: page.requests });
    }
  }
  return forms;
}
