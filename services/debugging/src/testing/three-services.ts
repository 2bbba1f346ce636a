import type { Edit } from './repository';

/** A Nest service, an Express service and one of no framework; handlers are thin, faults lie one to three imports below them. */
export const SOURCES: Readonly<Record<string, string>> = {
  'services/shop/package.json': '{"name":"shop","dependencies":{"@nestjs/core":"11.0.0"}}',
  'services/shop/src/main.ts': `import { NestFactory } from '@nestjs/core';
import { ShopModule } from './shop.module';
void NestFactory.create(ShopModule).then((app) => app.listen(3000));
`,
  'services/shop/src/shop.module.ts': `import { Module } from '@nestjs/common';
import { OrdersController } from './orders/orders.controller';
import { ProductsController } from './products/products.controller';
@Module({ controllers: [OrdersController, ProductsController] })
export class ShopModule {}
`,
  'services/shop/src/orders/orders.controller.ts': `import { Body, Controller, Get, Param, Post, Query, UseGuards } from '@nestjs/common';
import { AuthGuard } from '../access/auth.guard';
import { Orders } from './orders';
import { PlaceOrderDto } from './place-order.dto';
import { refundOrder } from './refund';
@UseGuards(AuthGuard)
@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: Orders) {}
  @Post()
  place(@Body() body: PlaceOrderDto) {
    return this.orders.place(body.lines, body.coupon);
  }
  @Get()
  list(@Query('limit') limit: string) {
    return this.orders.list(Number(limit));
  }
  @Get(':id')
  find(@Param('id') id: string) {
    return this.orders.find(id);
  }
  @Post(':id/refund')
  refund(@Param('id') id: string) {
    return refundOrder(this.orders, id);
  }
}
`,
  'services/shop/src/orders/orders.ts': `import { BadRequestException, NotFoundException } from '@nestjs/common';
import { totalOf } from '../pricing/total';
import { pageOf } from '../lists/page';
import type { OrderStore } from '../store/order-store';
export class Orders {
  constructor(private readonly store: OrderStore) {}
  place(lines: { price: number; quantity: number }[], coupon?: string) {
    if (lines.length === 0) throw new BadRequestException('lines must not be empty');
    return this.store.save({ lines, totalCents: totalOf(lines, coupon), status: 'pending' });
  }
  list(limit: number) {
    return { items: pageOf(this.store.all(), limit) };
  }
  find(id: string) {
    const order = this.store.find(id);
    if (!order) throw new NotFoundException('no order');
    return order;
  }
}
`,
  'services/shop/src/orders/place-order.dto.ts': `import { IsArray, IsOptional, IsString, Length } from 'class-validator';
export class PlaceOrderDto {
  @IsArray()
  lines!: { price: number; quantity: number }[];
  @IsOptional()
  @IsString()
  @Length(1, 40)
  coupon?: string;
}
`,
  'services/shop/src/orders/refund.ts': `import { ConflictException } from '@nestjs/common';
import { releaseStock } from '../stock/release';
import type { Orders } from './orders';
export function refundOrder(orders: Orders, id: string) {
  const order = orders.find(id);
  if (order.status !== 'confirmed') throw new ConflictException('cannot be refunded');
  releaseStock(order.lines);
  return { ...order, status: 'refunded', refundedCents: order.totalCents };
}
`,
  'services/shop/src/stock/release.ts': `const pieces = new Map<string, number>();
export function releaseStock(lines: { product?: string; quantity: number }[]) {
  for (const { product = '', quantity } of lines) pieces.set(product, (pieces.get(product) ?? 0) + quantity);
}
export function left(product: string) {
  return pieces.get(product) ?? 0;
}
`,
  'services/shop/src/pricing/total.ts': `import { discountOf } from './discount';
import { rounded } from './rounding';
export function totalOf(lines: { price: number; quantity: number }[], coupon?: string) {
  const sum = lines.reduce((total, { price, quantity }) => total + price * quantity, 0);
  return rounded(sum - discountOf(sum, coupon));
}
export function withTax(sum: number) {
  return rounded(sum * 1.2);
}
`,
  'services/shop/src/pricing/discount.ts': `const SHARES: Record<string, number> = { WELCOME: 10, HALF: 50 };
export function discountOf(sum: number, coupon?: string) {
  const share = coupon === undefined ? 0 : (SHARES[coupon] ?? 0);
  return (sum * share) / 100;
}
export function describeCoupon(coupon: string) {
  return 'coupon ' + coupon;
}
`,
  'services/shop/src/pricing/rounding.ts': `export function rounded(cents: number) {
  return Math.round(cents);
}
`,
  'services/shop/src/lists/page.ts': `export function pageOf<T>(items: T[], limit: number) {
  return items.slice(0, limit);
}
`,
  'services/shop/src/access/auth.guard.ts': `import { UnauthorizedException } from '@nestjs/common';
import { tokenIsGood } from './token';
export class AuthGuard {
  canActivate(context: { token: string }) {
    if (!tokenIsGood(context.token)) throw new UnauthorizedException('token expired');
    return true;
  }
}
`,
  'services/shop/src/access/token.ts': `const LIFE_MS = 3600000;
export function tokenIsGood(token: string) {
  return Date.now() - Number(token.split('.')[1]) < LIFE_MS;
}
`,
  'services/shop/src/store/order-store.ts': `export interface Order { id: string; status: string; totalCents: number; lines: { price: number; quantity: number }[] }
export interface OrderStore { save(order: object): Order; find(id: string): Order | undefined; all(): Order[] }
`,
  'services/shop/src/store/pg-order-store.ts': `import type { Order, OrderStore } from './order-store';
export class PgOrderStore implements OrderStore {
  private readonly rows = new Map<string, Order>();
  save(order: object) {
    const row = { id: String(this.rows.size), ...order } as Order;
    this.rows.set(row.id, row);
    return row;
  }
  find(id: string) {
    return this.rows.get(id);
  }
  all() {
    return [...this.rows.values()].reverse();
  }
}
`,
  'services/shop/src/products/products.controller.ts': `import { Controller, Get, Param, Query } from '@nestjs/common';
import { left } from '../stock/release';
import { search } from './search';
@Controller('products')
export class ProductsController {
  @Get()
  list(@Query('q') query: string) {
    return { items: search(query) };
  }
  @Get(':id')
  find(@Param('id') id: string) {
    return { id, stock: left(id) };
  }
}
`,
  'services/shop/src/products/search.ts': `import { pageOf } from '../lists/page';
const names = ['lamp', 'table', 'chair'];
export function search(query: string) {
  return pageOf(names.filter((name) => name.includes(query.toLowerCase())), 20);
}
`,
  'services/billing/package.json': '{"name":"billing","dependencies":{"express":"5.0.0"}}',
  'services/billing/src/app.js': `const express = require('express');
const { invoices } = require('./invoices/routes');
const app = express();
app.use(express.json());
app.use('/invoices', invoices);
app.listen(3001);
`,
  'services/billing/src/invoices/routes.js': `const { Router } = require('express');
const { makeInvoice, findInvoice } = require('./invoices');
const { overdue } = require('./overdue');
const invoices = Router();
invoices.post('/', (req, res) => {
  res.status(201).json(makeInvoice(req.body));
});
invoices.get('/overdue', (req, res) => {
  res.json({ items: overdue(new Date()) });
});
invoices.get('/:id', (req, res) => {
  const invoice = findInvoice(req.params.id);
  if (!invoice) return res.status(404).json({ error: 'no invoice' });
  return res.json(invoice);
});
module.exports = { invoices };
`,
  'services/billing/src/invoices/invoices.js': `const { nextNumber } = require('./numbering');
const { dueDate } = require('./due');
const kept = new Map();
function makeInvoice(body) {
  const invoice = { number: nextNumber(), customer: body.customer, amount: body.amount, dueAt: dueDate(new Date(), body.days ?? 14) };
  kept.set(invoice.number, invoice);
  return invoice;
}
function findInvoice(number) {
  return kept.get(number);
}
module.exports = { makeInvoice, findInvoice, kept };
`,
  'services/billing/src/invoices/numbering.js': `let last = 1000;
exports.nextNumber = () => {
  last += 1;
  return 'INV-' + last;
};
`,
  'services/billing/src/invoices/due.js': `exports.dueDate = (from, days) => new Date(from.getTime() + days * 86400000).toISOString();
exports.daysLate = (dueAt, now) => Math.floor((now - new Date(dueAt)) / 86400000);
`,
  'services/billing/src/invoices/overdue.js': `const { kept } = require('./invoices');
const { daysLate } = require('./due');
exports.overdue = (now) => [...kept.values()].filter((invoice) => daysLate(invoice.dueAt, now) > 0);
`,
  'services/mailer/package.json': '{"name":"mailer"}',
  'services/mailer/src/server.mjs': `import { createServer } from 'node:http';
import { send } from './send.mjs';
import { render } from './render.mjs';
createServer((req, res) => {
  const url = new URL(req.url, 'http://x');
  if (req.method === 'POST' && url.pathname === '/mails') return res.end(JSON.stringify(send(url.searchParams.get('to'))));
  if (req.method === 'GET' && url.pathname === '/preview') return res.end(render(url.searchParams.get('template')));
  res.statusCode = 404;
  res.end();
}).listen(3002);
`,
  'services/mailer/src/send.mjs': `import { render } from './render.mjs';
import { address } from './address.mjs';
export function send(to) {
  return { to: address(to), text: render('welcome'), status: 'queued' };
}
`,
  'services/mailer/src/render.mjs': `const templates = { welcome: 'Welcome!', bye: 'Goodbye!' };
export function render(template) {
  return templates[template] ?? '';
}
`,
  'services/mailer/src/address.mjs': `export function address(text) {
  return text.trim().toLowerCase();
}
`,
  'README.md': '# three services\n',
};

export interface Fault extends Edit {
  /** Requests of the failing test, the last one with the wrong answer. */
  readonly requests: readonly (readonly [method: string, path: string, status: number])[];
  readonly message: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly class: 'assertion' | 'server' | 'authentication' | 'validation' | 'not_found' | 'timeout';
}

const PLACE = ['POST', '/orders', 201] as const;
const FIND = ['GET', '/orders/7', 200] as const;
const LIST = ['GET', '/orders', 200] as const;
const REFUND = ['POST', '/orders/7/refund', 200] as const;
const INVOICE = ['POST', '/invoices', 201] as const;
export const FAULTS: readonly Fault[] = [
  {
    file: 'services/shop/src/pricing/discount.ts',
    from: '/ 100',
    to: '/ 10',
    requests: [PLACE, FIND],
    class: 'assertion',
    message: 'expected totalCents to be 900, got 0',
    expected: '900',
    actual: '0',
  },
  {
    file: 'services/shop/src/pricing/rounding.ts',
    from: 'Math.round',
    to: 'Math.floor',
    requests: [PLACE],
    class: 'assertion',
    message: 'body.totalCents: expected 1235, got 1234',
  },
  {
    file: 'services/shop/src/pricing/total.ts',
    from: 'price * quantity',
    to: 'price',
    requests: [PLACE],
    class: 'assertion',
    message: 'POST /orders: totalCents should be 3000, but was 1000',
  },
  {
    file: 'services/shop/src/lists/page.ts',
    from: 'limit)',
    to: 'limit - 1)',
    requests: [PLACE, PLACE, LIST],
    class: 'assertion',
    message: 'expected 2 items, got 1',
    expected: '2',
    actual: '1',
  },
  {
    file: 'services/shop/src/stock/release.ts',
    from: '+ quantity',
    to: '- quantity',
    requests: [PLACE, REFUND, ['GET', '/products/3', 200]],
    class: 'assertion',
    message: 'expected stock 10, got 2',
  },
  {
    file: 'services/shop/src/orders/refund.ts',
    from: 'refundedCents: order.totalCents',
    to: 'refundedCents: 0',
    requests: [PLACE, REFUND],
    class: 'assertion',
    message: 'refundedCents: expected 6000, got 0',
  },
  {
    file: 'services/shop/src/orders/refund.ts',
    from: "!== 'confirmed'",
    to: "!== 'confirm'",
    requests: [PLACE, ['POST', '/orders/7/refund', 409]],
    class: 'assertion',
    message: 'POST /orders/7/refund: expected status 200, got 409',
  },
  {
    file: 'services/shop/src/access/token.ts',
    from: '3600000',
    to: '3600',
    requests: [PLACE, ['GET', '/orders/7', 401]],
    class: 'authentication',
    message: 'GET /orders/7: expected status 200, got 401',
  },
  {
    file: 'services/shop/src/orders/place-order.dto.ts',
    from: 'Length(1, 40)',
    to: 'Length(1, 4)',
    requests: [['POST', '/orders', 400]],
    class: 'validation',
    message: 'POST /orders: expected status 201, got 400: coupon must be shorter than or equal to 4 characters',
  },
  {
    file: 'services/shop/src/store/pg-order-store.ts',
    from: 'this.rows.set(row.id, row);',
    to: 'this.rows.set(row.status, row);',
    requests: [PLACE, ['GET', '/orders/7', 404]],
    class: 'not_found',
    message: 'GET /orders/7: expected status 200, got 404',
  },
  {
    file: 'services/shop/src/store/pg-order-store.ts',
    from: '.reverse()',
    to: '',
    requests: [PLACE, PLACE, LIST],
    class: 'assertion',
    message: 'the newest order should come first: expected "8", got "7"',
  },
  {
    file: 'services/shop/src/products/search.ts',
    from: 'query.toLowerCase()',
    to: 'query',
    requests: [['GET', '/products', 200]],
    class: 'assertion',
    message: 'GET /products?q=LAMP: expected ["lamp"], got []',
  },
  {
    file: 'services/billing/src/invoices/numbering.js',
    from: "'INV-' +",
    to: "'INV' +",
    requests: [INVOICE],
    class: 'assertion',
    message: 'number: expected to match /^INV-\\d+$/, got "INV1001"',
  },
  {
    file: 'services/billing/src/invoices/due.js',
    from: 'from.getTime() + days * 86400000',
    to: 'from.getTime() + days * 8640000',
    requests: [INVOICE, ['GET', '/invoices/INV-1001', 200]],
    class: 'assertion',
    message: 'dueAt: expected "2026-05-15", got "2026-05-02"',
  },
  {
    file: 'services/billing/src/invoices/due.js',
    from: 'Math.floor',
    to: 'Math.cei',
    requests: [INVOICE, ['GET', '/invoices/overdue', 500]],
    class: 'server',
    message: 'GET /invoices/overdue: expected status 200, got 500',
  },
  {
    file: 'services/billing/src/invoices/routes.js',
    from: 'findInvoice(req.params.id)',
    to: 'findInvoice(req.params.number)',
    requests: [INVOICE, ['GET', '/invoices/INV-1001', 404]],
    class: 'not_found',
    message: 'expected 200, got 404',
  },
  {
    file: 'services/mailer/src/address.mjs',
    from: '.toLowerCase()',
    to: '.toUpperCase()',
    requests: [['POST', '/mails', 200]],
    class: 'assertion',
    message: 'to: expected "ann@example.org", got "ANN@EXAMPLE.ORG"',
  },
  {
    file: 'services/mailer/src/render.mjs',
    from: "'Welcome!'",
    to: "''",
    requests: [['POST', '/mails', 200]],
    class: 'assertion',
    message: 'text: expected "Welcome!", got ""',
  },
];

/** Commits that break nothing, in files of faults and in others. */
export const INNOCENT: readonly Edit[] = [
  { file: 'services/shop/src/pricing/total.ts', from: 'sum * 1.2', to: 'sum * 1.19' },
  { file: 'services/shop/src/pricing/discount.ts', from: "'coupon ' + coupon", to: '`coupon ${coupon}`' },
  { file: 'services/shop/src/orders/orders.ts', from: "'no order'", to: "'There is no such order.'" },
  { file: 'services/shop/src/orders/orders.controller.ts', from: 'Number(limit)', to: "Number(limit ?? '20')" },
  { file: 'services/shop/src/products/search.ts', from: "'chair'", to: "'chair', 'desk'" },
  { file: 'services/shop/src/access/auth.guard.ts', from: "'token expired'", to: "'The token has expired.'" },
  {
    file: 'services/shop/src/store/pg-order-store.ts',
    from: '    return this.rows.get(id);',
    to: '    // Undefined for an id that is not there.\n    return this.rows.get(id);',
  },
  { file: 'services/shop/src/main.ts', from: '3000', to: 'Number(process.env.PORT ?? 3000)' },
  { file: 'services/billing/src/invoices/invoices.js', from: '?? 14', to: '?? 21' },
  { file: 'services/billing/src/invoices/overdue.js', from: '[...kept.values()]', to: 'Array.from(kept.values())' },
  { file: 'services/billing/src/app.js', from: 'express.json()', to: "express.json({ limit: '1mb' })" },
  { file: 'services/mailer/src/render.mjs', from: "'Goodbye!'", to: "'See you!'" },
  { file: 'services/mailer/src/server.mjs', from: 'res.statusCode = 404;', to: 'res.statusCode = 404; // not found' },
  { file: 'README.md', from: 'three', to: 'Three' },
  { file: 'services/shop/package.json', from: '11.0.0', to: '11.0.1' },
];

/** Requests of tests that pass. */
export const PASSING: readonly (readonly (readonly [method: string, path: string, status: number])[])[] = [
  [['POST', '/orders', 400]],
  [['GET', '/orders/999', 404]],
  [PLACE, FIND],
  [PLACE, LIST],
  [['GET', '/products', 200]],
  [['GET', '/products/5', 200]],
  [INVOICE],
  [['GET', '/invoices/none', 404]],
  [['GET', '/invoices/overdue', 200]],
  [['GET', '/preview', 200]],
];
