import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { reachReader } from './reach-reader';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'reach-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
const names = (reach: { readonly code: readonly { readonly name: string; readonly file: string; readonly depth: number }[] } | undefined) =>
  (reach?.code ?? []).map(({ name, file, depth }) => `${depth} ${name} ${file}`);

describe('the code that an endpoint runs through', () => {
  it('is followed from a Nest method through injected classes, interfaces, DTOs and guards', () => {
    write({
      'src/orders.controller.ts': `import { Controller, Post, Get, UseGuards } from '@nestjs/common';
import { Orders } from './orders';
import { AuthGuard } from './auth.guard';
import { PlaceDto } from './place.dto';
@UseGuards(AuthGuard)
@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: Orders) {}
  @Post()
  place(body: PlaceDto) { return this.orders.place(body.lines); }
  @Get()
  list() { return this.orders.list(); }
}`,
      'src/orders.ts': `import { total as sum } from './pricing/total';
import type { Store } from './store';
export class Orders {
  constructor(private readonly store: Store) {}
  place(lines: number[]) { return this.store.save(sum(lines)); }
  list() { return this.store.all(); }
}`,
      'src/store.ts': `export interface Store { save(n: number): number; all(): number[] }`,
      'src/pg-store.ts': `import type { Store } from './store';
export class PgStore implements Store {
  save(n: number) { return n; }
  all() { return []; }
}`,
      'src/pricing/total.ts': `import { rate } from './rate';
export const total = (lines: number[]) => lines.reduce((a, b) => a + b, 0) * rate();
export const unused = 1;`,
      'src/pricing/rate.ts': `export function rate() { return 2; }`,
      'src/auth.guard.ts': `export class AuthGuard { canActivate() { return true; } }`,
      'src/place.dto.ts': `export class PlaceDto { lines!: number[] }`,
    });
    const reach = reachReader(root).from('src/orders.controller.ts', 10, ['src/pg-store.ts']);
    expect(names(reach).sort()).toEqual([
      '0 place src/orders.controller.ts',
      '1 PlaceDto src/place.dto.ts',
      '1 around every request of this file src/orders.controller.ts',
      '1 around every request of this file src/orders.controller.ts',
      '1 lines src/place.dto.ts',
      '1 place src/orders.ts',
      '2 AuthGuard src/auth.guard.ts',
      '2 save src/store.ts',
      '2 sum src/pricing/total.ts',
      '3 rate src/pricing/rate.ts',
      '3 save src/pg-store.ts',
    ]);
    expect(reach?.code.find(({ name }) => name === 'sum')).toMatchObject({ from: 2, to: 2 });
    expect(reach?.files.get('src/pricing/rate.ts')).toBe(3);
    expect(reach?.files.has('src/pg-store.ts')).toBe(false);
  });

  it('is followed from an Express route through CommonJS and middleware, not into the route beside it', () => {
    write({
      'app.js': `const express = require('express');
const { check } = require('./lib/auth');
const stock = require('./lib/stock');
const router = express.Router();
router.use(check);
router.get('/stock/:id', async (req, res) => {
  res.json(stock.left(req.params.id));
});
router.post('/stock', (req, res) => res.json(stock.add(req.body)));
module.exports = router;`,
      'lib/auth.js': `exports.check = (req, res, next) => next();`,
      'lib/stock.js': `function left(id) { return count(id) - 1; }
function add(n) { return n; }
function count(id) {
  return 3;
}
module.exports = { left, add };`,
    });
    const reach = reachReader(root).from('app.js', 6);
    expect(names(reach).sort()).toEqual([
      '0 handler app.js',
      '1 around every request of this file app.js',
      '1 left lib/stock.js',
      '2 check lib/auth.js',
      '2 count lib/stock.js',
      '2 router app.js',
      '3 express app.js',
    ]);
    expect(reach?.code[0]).toMatchObject({ from: 6, to: 8 });
  });

  it('begins where the path is written in a service of no known framework', () => {
    write({
      'server.mjs': `import { createServer } from 'node:http';
import { refund } from './refund.mjs';
import { list } from './list.mjs';
createServer((req, res) => {
  const url = new URL(req.url, 'http://x');
  if (req.method === 'GET' && url.pathname === '/orders') return res.end(list());
  const match = /^\\/orders\\/([^/]+)\\/refund$/.exec(url.pathname);
  if (req.method === 'POST' && match) return res.end(refund(match[1]));
  if (req.method === 'POST' && url.pathname === '/orders') { res.end(place()); }
});
function place() { return '1'; }`,
      'refund.mjs': `export function refund(id) { return id; }`,
      'list.mjs': `export function list() { return ''; }`,
    });
    const reader = reachReader(root);
    const files = ['server.mjs', 'refund.mjs', 'list.mjs'];
    expect(names(reader.fromRoute('GET', '/orders', files))).toEqual(['0 GET /orders server.mjs', '1 url server.mjs', '1 list list.mjs']);
    expect(names(reader.fromRoute('POST', '/orders', files))).toEqual([
      '0 POST /orders server.mjs',
      '1 url server.mjs',
      '1 place server.mjs',
    ]);
    expect(names(reader.fromRoute('POST', '/orders/{}/refund', files))).toContain('1 refund refund.mjs');
    expect(reader.fromRoute('GET', '/customers', files)).toBeUndefined();
  });
});
