import { readSource } from '../manifest/read-source';

const read = (files: Readonly<Record<string, string>>) =>
  readSource(
    Object.entries(files).map(([path, text]) => ({ path, text, sha256: '' })),
    'svc',
    'express',
  );
const shown = (files: Readonly<Record<string, string>>) =>
  read(files).endpoints.map(
    ({ method, full_path, requires_auth, auth_roles }) => `${method} ${full_path}${requires_auth ? ` auth(${auth_roles.join()})` : ''}`,
  );

describe('an Express service', () => {
  it('reads routers of other files with the prefixes under which they are mounted (ES modules)', () => {
    expect(
      shown({
        'svc/src/app.ts': `
          import express from 'express';
          import { orders } from './orders';
          import users, { ADMIN } from './users';
          const app = express();
          const base = '/api';
          app.get('/health', (req, res) => res.send('ok'));
          app.set('view engine', 'x');
          app.get('title');
          app.use(base + '/orders', orders);
          app.use(\`\${base}\${ADMIN}/users\`, users);
          export default app;`,
        'svc/src/orders/index.ts': `
          import { Router } from 'express';
          import lines from './lines';
          export const orders: Router = Router();
          orders.route('/:id').get(find).delete(remove);
          orders.use('/:id/lines', lines);`,
        'svc/src/orders/lines.ts': `import * as express from 'express'; const r = express.Router({ mergeParams: true }); r.post('/', add); export default r;`,
        'svc/src/users.ts': `import { Router } from 'express'; export const ADMIN = '/admin'; const router = Router(); router.get(['/', '/all'], list); export default router;`,
      }).sort(),
    ).toEqual([
      'DELETE /api/orders/{id}',
      'GET /api/admin/users',
      'GET /api/admin/users/all',
      'GET /api/orders/{id}',
      'GET /health',
      'POST /api/orders/{id}/lines',
    ]);
  });

  it('reads CommonJS: required routers, functions that are given the app, lists of routes', () => {
    expect(
      shown({
        'svc/app.js': `
          const express = require('express');
          const app = express();
          app.use('/carts', require('./carts'));
          require('./legacy')(app);
          const { admin } = require('./routers');
          [{ path: '/admin', route: admin }].forEach(({ path, route }) => app.use(path, route));
          const table = [{ path: '/v1', route: require('./carts') }];
          for (const each of table) app.use(each.path, each.route);
          module.exports = app;`,
        'svc/carts.js': `const router = require('express').Router(); router.put('/:id', put); exports = module.exports = router;`,
        'svc/legacy.js': `module.exports = function (server) { server.patch('/old', handler); };`,
        'svc/routers.js': `const { Router } = require('express'); const admin = Router().get('/stats', stats); module.exports = { admin };`,
      }).sort(),
    ).toEqual(['GET /admin/stats', 'PATCH /old', 'PUT /carts/{id}', 'PUT /v1/{id}']);
  });

  it('reads classes that hold their router and functions that make one', () => {
    expect(
      shown({
        'svc/server.ts': `
          import express, { Express } from 'express';
          import { OrderRoutes } from './order-routes';
          import { createUsers } from './users';
          class Server {
            private app: Express = express();
            constructor() { this.app.use('/orders', new OrderRoutes().router); this.app.use('/users', createUsers({ db: 1 })); }
          }`,
        'svc/order-routes.ts': `
          import { Router } from 'express';
          export class OrderRoutes { public router = Router(); constructor() { this.init(); } init() { this.router.get('/:id', this.find.bind(this)); } }`,
        'svc/users.ts': `import { Router } from 'express'; export function createUsers(deps) { const router = Router(); router.post('/', async (req, res) => {}); return router; }`,
      }).sort(),
    ).toEqual(['GET /orders/{id}', 'POST /users']);
  });

  it('knows a login by the name of its middleware: of a route, a router, or all that follows', () => {
    expect(
      shown({
        'svc/app.ts': `
          import express from 'express';
          const app = express();
          const router = express.Router();
          app.post('/login', validate(auth.login), authLimiter, authController.login);
          app.get('/me', authenticate, me);
          app.get('/maybe', auth.optional, me);
          app.delete('/users/:id', passport.authenticate('jwt'), requireRole('admin', ROLES.owner), remove);
          app.use('/v1', auth(), router);
          router.get('/a', a);
          app.get('/before', x);
          app.use(requireAuth);
          app.get('/after', x);
          const ROLES = { owner: 'owner' };`,
      }),
    ).toEqual([
      'POST /login',
      'GET /me auth()',
      'GET /maybe',
      'DELETE /users/{id} auth(admin,owner)',
      'GET /v1/a auth()',
      'GET /before',
      'GET /after auth()',
    ]);
  });

  it('reads body and query fields from handlers and validators', () => {
    const { endpoints, dtos } = read({
      'svc/app.ts': `
        import express from 'express';
        import { z } from 'zod';
        import { body, query } from 'express-validator';
        const app = express();
        const Order = z.object({ email: z.string().email(), quantity: z.number().int().min(1), note: z.string().optional() });
        app.post('/orders', validate(Order), wrap(placeOrder));
        async function placeOrder(req, res) { const { coupon, gift = false } = req.body; const page = req.query.page; }
        app.put('/users', [body('name').isLength({ min: 2 }), query('dry').optional()], (req, res) => { save(req.body.name, req.body.age); });`,
    });
    const fields = (name: string) =>
      dtos
        .find((dto) => dto.name === name)
        ?.fields.map((f) => `${f.name}${f.required ? '' : '?'}: ${f.field_type} [${f.validations.join(', ')}]`);
    expect(endpoints.map(({ name, request_dto }) => [name, request_dto])).toEqual([
      ['placeOrder', 'PlaceOrderBody'],
      ['PUT /users', 'PUTUsersBody'],
    ]);
    expect(fields('PlaceOrderBody')).toEqual([
      'email: string [email]',
      'quantity: number [int, min 1]',
      'note?: string []',
      'coupon?: any []',
      'gift?: boolean []',
    ]);
    expect(fields('PUTUsersBody')).toEqual(['name: any [length { min: 2 }]', 'age?: any []']);
    expect(endpoints.map(({ parameters }) => parameters.filter(({ location }) => location === 'query').map(({ name }) => name))).toEqual([
      ['page'],
      ['dry'],
    ]);
  });

  it('ends when routers are mounted in each other, and when constants name each other', () => {
    expect(
      shown({
        'svc/app.ts': `
          import express, { Router } from 'express';
          const app = express(); const a = Router(); const b = Router();
          const x = y, y = x;
          app.use('/a', a); a.use('/b', b); b.use('/a', a); b.get('/c', h); app.get(x, h);`,
      }),
    ).toEqual(['GET /a/b/c']);
  });

  it('survives code that nests deeper than any stack', () => {
    const { endpoints, problems } = read({
      'svc/app.js': `const app = require('express')(); app.get('/a', h);`,
      'svc/long.js': `const express = 1, x = ${Array(20_000).fill("'a'").join(' + ')}; process.env.LONG;`,
      'svc/deep.js': `const express = ${'['.repeat(50_000)}${']'.repeat(50_000)};`,
    });
    expect(endpoints.map(({ full_path }) => full_path)).toEqual(['/a']);
    expect(problems).toEqual(['svc/deep.js:1: not read: its expressions are nested too deeply']);
  });

  it('finds ports however they are written, and variables', () => {
    const { ports, variables } = read({
      'svc/a.js': `const { HOST, PORT = 4000 } = process.env; const port = Number(process.env['HTTP_PORT']) || 8081; require('express')().listen(port); config.get('DB_URL');`,
    });
    expect(ports).toEqual([4000, 8081]);
    expect(variables).toEqual(['DB_URL', 'HOST', 'HTTP_PORT', 'PORT']);
  });
});
