import { posix } from 'node:path';
import type { Layout, Resource, ServiceWords, SourcePart } from '../vocabulary';

/** Text of each file of a service's `src`, by its path below `src`, as it is on the base revision. */
export function serviceSource(words: ServiceWords, layout: Layout): Record<string, string> {
  const files: Record<string, string> = {
    'app.js': app(words, layout),
    [`${words.spaces}.js`]: spaces(words),
  };
  for (const resource of words.resources)
    for (const [part, text] of Object.entries(resourceParts(words, resource, layout)))
      files[layout.file(part as SourcePart, resource)] = text;
  return files;
}

/** How one source file asks for another. */
function path(from: string, to: string): string {
  const relative = posix.relative(posix.dirname(from), to.replace(/\.js$/, ''));
  return relative.startsWith('.') ? relative : `./${relative}`;
}

function app({ spaces, space, resources }: ServiceWords, layout: Layout): string {
  const parts = resources.map((r) => ({ ...r, file: layout.file('routes', r), store: layout.file('store', r) }));
  return `const express = require('express');
const { Pool } = require('pg');
const ${spaces} = require('./${spaces}');
${parts.map((r) => `const ${r.many} = require('${path('app.js', r.file)}');\nconst ${r.one}Store = require('${path('app.js', r.store)}');`).join('\n')}

function createApp({ pool, edge }) {
  const app = express();
  app.use(express.json());
  app.get('/health', (req, res) => {
    res.json({ ok: true });
  });
  app.use('/${spaces}', ${spaces}.router({ pool, edge }));
  app.use('/${spaces}/:${space}', ${spaces}.resolve({ pool, edge }));
  app.use('/${spaces}/:${space}', ${spaces}.inside({ pool, edge }));
${parts.map((r) => `  app.use('/${spaces}/:${space}/${r.many}', ${r.many}.router({ pool, edge }));`).join('\n')}
  app.use((error, req, res, next) => {
    if (res.headersSent) return next(error);
    res.status(error.status ?? 500).json({ error: error.status ? 'request' : 'internal' });
  });
  return app;
}

function connect({ url, schema }) {
  const pool = new Pool({ connectionString: url, max: 6, options: '-c search_path=' + schema });
  // A connection that idles while its server ends is nobody's failure.
  pool.on('error', () => undefined);
  return pool;
}

async function createTables(pool, seeds) {
  await ${spaces}.createTables(pool, seeds);
${parts.map((r) => `  await ${r.one}Store.createTable(pool);`).join('\n')}
}

module.exports = { connect, createApp, createTables };
`;
}

function spaces({ spaces, space }: ServiceWords): string {
  return `const { createHmac } = require('node:crypto');
const { Router } = require('express');

const known = new Map();
const SECRET = 'signed-for-${spaces}';

async function createTables(pool, seeds) {
  await pool.query('CREATE TABLE IF NOT EXISTS ${spaces} (id bigserial PRIMARY KEY, region text NOT NULL)');
  await pool.query('CREATE TABLE IF NOT EXISTS settings (${space} bigint, key text, value jsonb, ends timestamptz, PRIMARY KEY (${space}, key))');
  await pool.query('CREATE TABLE IF NOT EXISTS jobs (id bigserial PRIMARY KEY, ${space} bigint, done_at timestamptz NOT NULL)');
  await pool.query('CREATE TABLE IF NOT EXISTS notes (id bigserial PRIMARY KEY, ${space} bigint, text text)');
  for (const [id, region] of Object.entries(seeds)) await pool.query('INSERT INTO ${spaces} (id, region) VALUES ($1, $2) ON CONFLICT DO NOTHING', [id, region]);
  await pool.query("SELECT setval(pg_get_serial_sequence('${spaces}', 'id'), greatest(5000, (SELECT max(id) FROM ${spaces})))");
}

function sign(user, ends) {
  return user + '.' + ends + '.' + createHmac('sha256', SECRET).update(user + '.' + ends).digest('hex').slice(0, 24);
}

function userOf(req) {
  const token = (req.headers.authorization ?? '').replace(/^Bearer /, '');
  const [user, ends] = token.split('.');
  if (!user || token !== sign(user, ends) || Number(ends) < Date.now()) return undefined;
  return { name: user, ends: Number(ends) };
}

function router({ pool }) {
  const router = Router();
  router.post('/', async (req, res) => {
    const region = String(req.body?.region ?? 'default');
    const { rows } = await pool.query('INSERT INTO ${spaces} (region) VALUES ($1) RETURNING id', [region]);
    const id = Number(rows[0].id);
    known.set(id, { id, region });
    res.status(201).json({ id, region });
  });
  return router;
}

function resolve({ pool, edge }) {
  return async (req, res, next) => {
    const id = Number(req.params.${space});
    if (!Number.isSafeInteger(id)) return res.status(404).json({ error: '${space}' });
    if (!known.has(id)) {
      const { rows } = await pool.query('SELECT region FROM ${spaces} WHERE id = $1', [id]);
      if (rows.length === 0) return res.status(404).json({ error: '${space}' });
      known.set(id, { id, region: rows[0].region });
    }
    req.${space} = known.get(id);
    req.user = userOf(req);
    if (await edge.enter(req.${space}.region, req, res)) next();
  };
}

function inside({ pool, edge }) {
  const router = Router({ mergeParams: true });

  router.get('/clock', (req, res) => {
    const now = req.query.at ? new Date(req.query.at) : new Date();
    const quarter = Math.floor(now.getUTCMonth() / 3) + 1;
    const open = now.getUTCHours() >= 8 && now.getUTCHours() < 18;
    res.json({ now: now.toISOString(), date: now.toISOString().slice(0, 10), weekday: now.getUTCDay(), quarter, open });
  });

  router.get('/due', (req, res) => {
    const from = new Date(req.query.from ?? Date.now());
    const months = Number(req.query.months ?? 1);
    const last = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0)).getUTCDate();
    const due = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, Math.min(from.getUTCDate(), last)));
    res.json({ from: from.toISOString(), due: due.toISOString().slice(0, 10) });
  });

  router.post('/sessions', (req, res) => {
    const ends = Date.now() + edge.of(req.${space}.region).tokenMs();
    res.status(201).json({ token: sign(String(req.body?.user), ends), ends: new Date(ends).toISOString() });
  });

  router.get('/me', (req, res) => {
    if (!req.user) return res.status(401).json({ error: 'token' });
    res.json({ user: req.user.name, expiresIn: Math.floor((req.user.ends - Date.now()) / 1000) });
  });

  router.post('/logins', async (req, res) => {
    const key = 'lock:' + String(req.body?.user);
    const { rows } = await pool.query('SELECT value FROM settings WHERE ${space} = $1 AND key = $2 AND ends > clock_timestamp()', [req.${space}.id, key]);
    const tries = Number(rows[0]?.value ?? 0);
    if (tries >= 3) return res.status(423).json({ error: 'locked' });
    if (req.body?.password !== 'correct horse') {
      await keep(pool, req.${space}.id, key, tries + 1, Number(req.body?.lockMs ?? 500));
      return res.status(401).json({ error: 'password' });
    }
    res.json({ user: req.body.user, ok: true });
  });

  router.put('/settings/:key', async (req, res) => {
    await keep(pool, req.${space}.id, req.params.key, req.body?.value ?? null, Number(req.body?.ttlMs ?? 3_600_000));
    res.json({ key: req.params.key, value: req.body?.value ?? null });
  });

  router.get('/settings/:key', async (req, res) => {
    const { rows } = await pool.query('SELECT value FROM settings WHERE ${space} = $1 AND key = $2 AND ends > clock_timestamp()', [req.${space}.id, req.params.key]);
    res.json({ key: req.params.key, value: rows[0]?.value ?? 'default' });
  });

  router.delete('/settings/:key', async (req, res) => {
    await pool.query('DELETE FROM settings WHERE ${space} = $1 AND key = $2', [req.${space}.id, req.params.key]);
    res.status(204).end();
  });

  router.post('/claims/:key', async (req, res) => {
    const { rowCount } = await pool.query(
      'INSERT INTO settings VALUES ($1, $2, to_jsonb(true), clock_timestamp() + make_interval(secs => 5)) ON CONFLICT (${space}, key) DO UPDATE SET ends = EXCLUDED.ends WHERE settings.ends < clock_timestamp()',
      [req.${space}.id, 'claim:' + req.params.key],
    );
    if (rowCount === 0) return res.status(409).json({ error: 'claimed' });
    res.status(201).json({ key: req.params.key });
  });

  router.delete('/claims/:key', async (req, res) => {
    await pool.query('DELETE FROM settings WHERE ${space} = $1 AND key = $2', [req.${space}.id, 'claim:' + req.params.key]);
    res.status(204).end();
  });

  router.post('/jobs', async (req, res) => {
    const lag = edge.of(req.${space}.region).lagMs();
    const { rows } = await pool.query('INSERT INTO jobs (${space}, done_at) VALUES ($1, clock_timestamp() + make_interval(secs => $2)) RETURNING id', [req.${space}.id, lag / 1000]);
    res.status(202).json({ id: Number(rows[0].id), state: 'queued' });
  });

  router.get('/jobs/:id', async (req, res) => {
    const { rows } = await pool.query('SELECT done_at <= clock_timestamp() AS done FROM jobs WHERE ${space} = $1 AND id = $2', [req.${space}.id, req.params.id]);
    if (rows.length === 0) return res.status(404).json({ error: 'job' });
    res.json({ id: Number(req.params.id), state: rows[0].done ? 'done' : 'queued' });
  });

  router.post('/notes', async (req, res) => {
    await pool.query('INSERT INTO notes (${space}, text) VALUES ($1, $2)', [req.${space}.id, String(req.body?.text)]);
    res.status(201).json({ text: String(req.body?.text) });
  });

  router.post('/notes/collect', async (req, res) => {
    const { rows } = await pool.query('DELETE FROM notes WHERE ${space} = $1 RETURNING id, text', [req.${space}.id]);
    res.json({ notes: rows.map((row) => row.text).sort() });
  });

  router.get('/report', (req, res) => {
    res.json({ ready: true, rows: Number(req.query.rows ?? 3) });
  });

  router.get('/node', (req, res) => {
    const other = edge.of(req.${space}.region).shuffled();
    res.json({ name: 'primary', servedBy: other ? 'node-2' : 'node-1', summary: other ? '3 rows in 2 ms' : '3 rows in 1 ms' });
  });

  router.get('/limited', (req, res) => {
    const wait = edge.of(req.${space}.region).overLimit();
    if (wait === 0) return res.json({ ok: true });
    res.set('retry-after', String(Math.ceil(wait / 1000))).status(429).json({ error: 'limit', retryAfterMs: wait });
  });

  return router;
}

async function keep(pool, id, key, value, ttlMs) {
  await pool.query(
    'INSERT INTO settings VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4)) ON CONFLICT (${space}, key) DO UPDATE SET value = EXCLUDED.value, ends = EXCLUDED.ends',
    [id, key, JSON.stringify(value), ttlMs / 1000],
  );
}

module.exports = { createTables, router, resolve, inside };
`;
}

function resourceParts({ space }: ServiceWords, r: Resource, layout: Layout): Record<SourcePart, string> {
  const file = (part: SourcePart) => layout.file(part, r);
  const from = (part: SourcePart, other: SourcePart) => path(file(part), file(other));
  const { many, one, amount, open, closed, close } = r;
  return {
    routes: `const { Router } = require('express');
const listing = require('${from('routes', 'listing')}');
const pricing = require('${from('routes', 'pricing')}');
const rules = require('${from('routes', 'rules')}');
const store = require('${from('routes', 'store')}');
const totals = require('${from('routes', 'totals')}');
const views = require('${from('routes', 'views')}');

function router({ pool, edge }) {
  const router = Router({ mergeParams: true });

  router.post('/', async (req, res) => {
    const problem = rules.problemOf(req.body ?? {});
    if (problem) return res.status(422).json({ error: problem });
    const ${one} = await store.insert(pool, req.${space}.id, req.body, edge.of(req.${space}.region).lagMs());
    if (!${one}) return res.status(409).json({ error: 'code' });
    res.status(201).json(views.created(${one}));
  });

  router.get('/', async (req, res) => {
    if (req.query.page) return res.json(await listing.page(pool, req.${space}.id, req.query));
    if (req.query.status) return res.json(await listing.withStatus(pool, req.${space}.id, req.query.status));
    res.json(await listing.everything(pool, req.${space}.id, edge.of(req.${space}.region).shuffled()));
  });

  router.get('/summary', async (req, res) => {
    res.json(await totals.summary(pool, req.${space}.id));
  });

  router.get('/score', async (req, res) => {
    res.json(await totals.score(pool, req.${space}.id, edge.of(req.${space}.region).shuffled()));
  });

  router.get('/search', async (req, res) => {
    res.json(await listing.search(pool, req.${space}.id, String(req.query.q ?? '')));
  });

  router.get('/export', async (req, res) => {
    res.type('text/csv').send(await listing.csv(pool, req.${space}.id));
  });

  router.post('/bulk', async (req, res) => {
    const rejected = [];
    let created = 0;
    for (const [index, item] of req.body.items.entries()) {
      const problem = rules.problemOf(item);
      if (problem) rejected.push({ index, error: problem });
      else created += (await store.insert(pool, req.${space}.id, item, 0)) ? 1 : 0;
    }
    res.json({ created, rejected });
  });

  router.use('/:id', async (req, res, next) => {
    req.${one} = await store.find(pool, req.${space}.id, req.params.id);
    if (!req.${one}) return res.status(404).json({ error: '${one}' });
    next();
  });

  router.get('/:id', (req, res) => {
    res.json(views.full(req.${one}));
  });

  router.patch('/:id', async (req, res) => {
    const changed = await store.change(pool, req.${one}, req.body ?? {});
    pricing.forget(changed.id);
    res.json(views.full(changed));
  });

  router.put('/:id', async (req, res) => {
    if (rules.isStale(req.${one}, req.headers['if-match'])) return res.status(412).json({ error: 'version' });
    res.json(views.full(await store.change(pool, req.${one}, req.body ?? {})));
  });

  router.delete('/:id', async (req, res) => {
    await store.remove(pool, req.${one});
    res.status(204).end();
  });

  router.post('/:id/${close}', async (req, res) => {
    if (!rules.may${pascal(close)}(req.${one})) return res.status(409).json({ error: 'status' });
    res.json(views.full(await store.setStatus(pool, req.${one}, '${closed}')));
  });

  router.post('/:id/copy', async (req, res) => {
    const copy = await store.insert(pool, req.${space}.id, views.copied(req.${one}), 0);
    res.status(201).json(views.full(copy));
  });

  router.post('/:id/add', async (req, res) => {
    res.json(views.full(await store.add(pool, req.${one}, Number(req.body?.by ?? 1))));
  });

  router.get('/:id/price', async (req, res) => {
    res.json({ id: req.${one}.id, price: await pricing.price(pool, req.${one}.id) });
  });

  router.get('/:id/quote', (req, res) => {
    res.json({ id: req.${one}.id, quote: pricing.quote(req.${one}) });
  });

  router.get('/:id/discounted', (req, res) => {
    const percent = Number(req.query.percent);
    if (!rules.isPercent(percent)) return res.status(422).json({ error: 'percent' });
    res.json({ id: req.${one}.id, ${amount}: pricing.discounted(req.${one}.${amount}, percent) });
  });

  router.get('/:id/private', (req, res) => {
    if (!req.user) return res.status(401).json({ error: 'token' });
    if (!rules.isOwner(req.${one}, req.user)) return res.status(403).json({ error: 'owner' });
    res.json({ id: req.${one}.id, owner: req.${one}.owner });
  });

  return router;
}

module.exports = { router };
`,
    store: `const COLUMNS = 'id, ${space}, code, name, ${amount}, note, owner, status, version, created_at';

async function createTable(pool) {
  await pool.query(
    'CREATE TABLE IF NOT EXISTS ${many} (id bigserial PRIMARY KEY, ${space} bigint NOT NULL, code text, name text NOT NULL, ${amount} double precision NOT NULL, note text, owner text, ' +
      "status text NOT NULL DEFAULT '${open}', version int NOT NULL DEFAULT 1, removed boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT clock_timestamp(), " +
      'visible_at timestamptz NOT NULL, UNIQUE (${space}, code))',
  );
}

async function insert(pool, ${space}, body, lagMs) {
  const { rows } = await pool.query(
    'INSERT INTO ${many} (${space}, code, name, ${amount}, note, owner, visible_at) VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(secs => $7)) ON CONFLICT DO NOTHING RETURNING ' + COLUMNS,
    [${space}, body.code ?? null, body.name, body.${amount}, body.note ?? null, body.owner ?? null, lagMs / 1000],
  );
  return rows[0] && read(rows[0]);
}

async function find(pool, ${space}, id) {
  if (!/^\\d{1,15}$/.test(id)) return undefined;
  const { rows } = await pool.query('SELECT ' + COLUMNS + ' FROM ${many} WHERE ${space} = $1 AND id = $2 AND NOT removed', [${space}, id]);
  return rows[0] && read(rows[0]);
}

async function change(pool, ${one}, body) {
  const name = body.name ?? ${one}.name;
  const ${amount} = body.${amount} ?? ${one}.${amount};
  const note = body.note === undefined ? ${one}.note : body.note;
  const version = ${one}.version + 1;
  const { rows } = await pool.query(
    'UPDATE ${many} SET name = $2, ${amount} = $3, note = $4, version = $5 WHERE id = $1 RETURNING ' + COLUMNS,
    [${one}.id, name, ${amount}, note, version],
  );
  return read(rows[0]);
}

async function setStatus(pool, ${one}, status) {
  const { rows } = await pool.query('UPDATE ${many} SET status = $2 WHERE id = $1 RETURNING ' + COLUMNS, [${one}.id, status]);
  return read(rows[0]);
}

async function add(pool, ${one}, by) {
  const { rows } = await pool.query('UPDATE ${many} SET ${amount} = ${amount} + $2 WHERE id = $1 RETURNING ' + COLUMNS, [${one}.id, by]);
  return read(rows[0]);
}

async function remove(pool, ${one}) {
  await pool.query('UPDATE ${many} SET removed = true WHERE id = $1', [${one}.id]);
}

function read(row) {
  return { ...row, id: Number(row.id), ${amount}: Number(row.${amount}) };
}

module.exports = { createTable, insert, find, change, setStatus, add, remove, read, COLUMNS };
`,
    rules: `const MOST_NAME = 40;
const MOST_PERCENT = 90;

/** The field that is wrong, if one is. */
function problemOf(body) {
  if (typeof body.name !== 'string' || body.name.length === 0) return 'name';
  if (body.name.length > MOST_NAME) return 'name';
  if (typeof body.${amount} !== 'number' || !(body.${amount} > 0)) return '${amount}';
  if (body.note !== undefined && body.note !== null && typeof body.note !== 'string') return 'note';
  if (body.code !== undefined && !/^[a-z][a-z0-9-]{2,15}$/.test(body.code)) return 'code';
  if (body.pieces !== undefined && !(Number.isInteger(body.pieces) && body.pieces >= 1 && body.pieces <= 500)) return 'pieces';
  return undefined;
}

function isStale(${one}, wanted) {
  return wanted !== undefined && wanted !== String(${one}.version);
}

function may${pascal(close)}(${one}) {
  return ${one}.status === '${open}';
}

function isPercent(percent) {
  return percent >= 0 && percent <= MOST_PERCENT;
}

function isOwner(${one}, user) {
  return ${one}.owner === user.name;
}

module.exports = { problemOf, isStale, may${pascal(close)}, isPercent, isOwner };
`,
    listing: `const { COLUMNS, read } = require('${from('listing', 'store')}');
const views = require('${from('listing', 'views')}');

const SEEN = '${space} = $1 AND NOT removed AND visible_at <= clock_timestamp()';
const MOST = 50;

async function everything(pool, ${space}, anyOrder) {
  const { rows } = await pool.query('SELECT ' + COLUMNS + ' FROM ${many} WHERE ' + SEEN + ' ORDER BY id LIMIT 200', [${space}]);
  const items = rows.map((row) => views.full(read(row)));
  if (anyOrder && items.length > 1) items.push(items.shift());
  return { items };
}

async function page(pool, ${space}, { page, size, sort }) {
  const limit = Math.min(MOST, Number(size ?? 10));
  const offset = (Number(page) - 1) * limit;
  const order = sort === '${amount}' ? '${amount} ASC, id' : 'name ASC, id';
  const { rows } = await pool.query('SELECT ' + COLUMNS + ' FROM ${many} WHERE ' + SEEN + ' ORDER BY ' + order + ' LIMIT $2 OFFSET $3', [${space}, limit, offset]);
  const counted = await pool.query('SELECT count(*)::int AS total FROM ${many} WHERE ' + SEEN, [${space}]);
  return { items: rows.map((row) => views.full(read(row))), total: counted.rows[0].total, page: Number(page) };
}

async function withStatus(pool, ${space}, status) {
  const { rows } = await pool.query('SELECT ' + COLUMNS + ' FROM ${many} WHERE ' + SEEN + ' AND status = $2 ORDER BY id', [${space}, status]);
  return { items: rows.map((row) => views.full(read(row))) };
}

async function search(pool, ${space}, q) {
  const pattern = '%' + escaped(q) + '%';
  const { rows } = await pool.query('SELECT ' + COLUMNS + ' FROM ${many} WHERE ' + SEEN + ' AND name ILIKE $2 ORDER BY name', [${space}, pattern]);
  return { items: rows.map((row) => views.full(read(row))) };
}

function escaped(q) {
  return q.replace(/[\\\\%_]/g, '\\\\$&');
}

async function csv(pool, ${space}) {
  const { rows } = await pool.query('SELECT ' + COLUMNS + ' FROM ${many} WHERE ' + SEEN + ' ORDER BY id', [${space}]);
  const lines = ['name;${amount}'];
  for (const row of rows) lines.push(quoted(row.name) + ';' + Number(row.${amount}));
  return lines.join('\\n') + '\\n';
}

function quoted(text) {
  return /[;"]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

module.exports = { everything, page, withStatus, search, csv };
`,
    totals: `async function summary(pool, ${space}) {
  const { rows } = await pool.query('SELECT ${amount}, status FROM ${many} WHERE ${space} = $1 AND NOT removed ORDER BY id', [${space}]);
  let total = 0;
  let largest = 0;
  let left = 0;
  for (const row of rows) {
    total += Number(row.${amount});
    largest = Math.max(largest, Number(row.${amount}));
    if (row.status === '${open}') left += 1;
  }
  return { count: rows.length, ${open}: left, total, largest };
}

async function score(pool, ${space}, anyOrder) {
  const { rows } = await pool.query('SELECT ${amount} FROM ${many} WHERE ${space} = $1 AND NOT removed ORDER BY id', [${space}]);
  const values = rows.map((row) => Number(row.${amount}));
  if (anyOrder) values.reverse();
  const sum = values.reduce((all, value) => all + value, 0);
  return { sum, mean: values.length === 0 ? 0 : sum / values.length };
}

module.exports = { summary, score };
`,
    pricing: `const KEEP_MS = 45;
const TAX = 1.2;
const HOSTS = [
  { name: 'a', tax: TAX },
  { name: 'b', tax: TAX },
  { name: 'c', tax: TAX },
];

const kept = new Map();

/** Asked often, so kept for a moment; whoever changes one forgets it here. */
async function price(pool, id) {
  const found = kept.get(id);
  if (found && found.until > Date.now()) return found.price;
  const { rows } = await pool.query('SELECT ${amount} FROM ${many} WHERE id = $1', [id]);
  const price = cents(Number(rows[0].${amount}) * TAX);
  if (kept.size > 1000) kept.clear();
  kept.set(id, { price, until: Date.now() + KEEP_MS });
  return price;
}

function forget(id) {
  kept.delete(id);
}

/** Each host computes with the tax it was given. */
function quote(${one}) {
  const host = HOSTS[Math.floor(Math.random() * HOSTS.length)];
  return cents(${one}.${amount} * host.tax);
}

function discounted(${amount}, percent) {
  return cents(${amount} * (1 - percent / 100));
}

function cents(value) {
  return Math.round(value * 100) / 100;
}

module.exports = { price, forget, quote, discounted };
`,
    views: `/** As the answer to its creation shows it. */
function created(${one}) {
  return {
    id: ${one}.id,
    code: ${one}.code,
    name: ${one}.name,
    ${amount}: ${one}.${amount},
    status: ${one}.status,
    createdAt: ${one}.created_at,
  };
}

function full(${one}) {
  return {
    id: ${one}.id,
    code: ${one}.code,
    name: ${one}.name,
    ${amount}: ${one}.${amount},
    note: ${one}.note,
    status: ${one}.status,
    version: ${one}.version,
    createdAt: ${one}.created_at,
  };
}

/** What a copy takes over. */
function copied(${one}) {
  return {
    name: ${one}.name,
    ${amount}: ${one}.${amount},
    note: ${one}.note,
  };
}

module.exports = { created, full, copied };
`,
  };
}

export function pascal(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
