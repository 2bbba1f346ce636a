import type { Feature } from '../service/bugs';
import type { Random } from '../random';
import type { Resource } from '../vocabulary';
import type { Step } from './steps';

/** Where a test's own space stands in paths. */
export interface Place {
  readonly spaces: string;
  readonly space: string;
}

/** What a test of a feature does. Each finds every bug of that feature and no bug of another one. */
export function featureSteps(feature: Feature, r: Resource, { spaces, space }: Place, random: Random): Step[] {
  const base = `/${spaces}/{${space}}/${r.many}`;
  const words = random.shuffled([
    'amber',
    'basil',
    'cedar',
    'delta',
    'ember',
    'fjord',
    'grove',
    'hazel',
    'iris',
    'juniper',
    'kelp',
    'lotus',
  ]);
  const name = (n: number) => words[n % words.length] as string;
  const number = random.int(3, 60);
  const cents = number + random.pick([0.25, 0.5, 0.75]);
  const create = (as: string, json: object): Step => ({ do: 'call', as, method: 'post', path: base, json });
  const id = (of: string, as = 'id'): Step => ({ do: 'take', as, of, path: ['id'] });
  const get = (as: string, path: string, query?: Record<string, unknown>): Step => ({
    do: 'call',
    as,
    method: 'get',
    path: `${base}${path}`,
    ...(query ? { query } : {}),
  });
  const status = (of: string, is: number): Step => ({ do: 'status', of, is });
  const is = (of: string, path: (string | number)[], value: unknown): Step => ({ do: 'is', of, path, value });
  const one = { name: name(0), [r.amount]: number };
  switch (feature) {
    case 'create':
      return [
        create('made', { name: name(0), [r.amount]: cents }),
        status('made', 201),
        is('made', ['name'], name(0)),
        is('made', [r.amount], cents),
        is('made', ['status'], r.open),
      ];
    case 'read':
      return [
        create('made', { ...one, note: `by ${name(1)}` }),
        id('made'),
        get('found', '/{id}'),
        status('found', 200),
        is('found', [r.amount], number),
        is('found', ['note'], `by ${name(1)}`),
      ];
    case 'unknown':
      return [get('missing', `/${random.int(90_000_000, 99_000_000)}`), status('missing', 404), is('missing', ['error'], r.one)];
    case 'validate_amount': {
      const negative: Step[] =
        random.next() < 0.5 ? [create('below', { name: name(1), [r.amount]: -random.int(1, 9) }), status('below', 422)] : [];
      return [create('refused', { name: name(0), [r.amount]: 0 }), status('refused', 422), is('refused', ['error'], r.amount), ...negative];
    }
    case 'validate_name':
      return [
        create('longest', { name: 'n'.repeat(40), [r.amount]: number }),
        is('longest', ['name'], 'n'.repeat(40)),
        create('refused', { name: 'n'.repeat(41), [r.amount]: number }),
        status('refused', 422),
        is('refused', ['error'], 'name'),
      ];
    case 'validate_note':
      return [create('refused', { ...one, note: random.int(1, 900) }), status('refused', 422), is('refused', ['error'], 'note')];
    case 'paging':
      return [
        ...[5, 1, 4, 2, 3].map((n, index) => create(`p${index}`, { name: name(index), [r.amount]: number + n })),
        get('second', '', { page: 2, size: 2, sort: r.amount }),
        { do: 'count', of: 'second', path: ['items'], is: 2 },
        is('second', ['items', 0, r.amount], number + 3),
        is('second', ['items', 1, r.amount], number + 4),
        is('second', ['total'], 5),
      ];
    case 'filter':
      return [
        create('left', { name: name(0), [r.amount]: number, note: 'x' }),
        create('gone', { name: name(1), [r.amount]: number, note: 'y' }),
        id('gone'),
        { do: 'call', as: 'change', method: 'post', path: `${base}/{id}/${r.close}` },
        get('listed', '', { status: r.closed }),
        { do: 'count', of: 'listed', path: ['items'], is: 1 },
        is('listed', ['items', 0, 'name'], name(1)),
      ];
    case 'update':
      return [
        create('made', { ...one, note: name(2) }),
        id('made'),
        { do: 'call', as: 'changed', method: 'patch', path: `${base}/{id}`, json: { [r.amount]: number + 7 } },
        is('changed', [r.amount], number + 7),
        is('changed', ['note'], name(2)),
        is('changed', ['version'], 2),
      ];
    case 'remove':
      return [
        create('made', one),
        id('made'),
        { do: 'call', as: 'removed', method: 'delete', path: `${base}/{id}` },
        status('removed', 204),
        get('rest', ''),
        { do: 'count', of: 'rest', path: ['items'], is: 0 },
      ];
    case 'conflict':
      return [
        create('made', one),
        id('made'),
        { do: 'call', as: 'refused', method: 'put', path: `${base}/{id}`, json: { name: name(3) }, headers: { 'if-match': '0' } },
        status('refused', 412),
        is('refused', ['error'], 'version'),
      ];
    case 'summary':
      return [
        create('first', { name: name(0), [r.amount]: number, note: 'x' }),
        id('first'),
        create('second', { name: name(1), [r.amount]: number + 5 }),
        create('third', { name: name(2), [r.amount]: number + 9 }),
        { do: 'call', as: 'change', method: 'post', path: `${base}/{id}/${r.close}` },
        get('all', '/summary'),
        is('all', ['total'], 3 * number + 14),
        is('all', ['count'], 3),
      ];
    case 'close':
      return [
        create('made', one),
        id('made'),
        { do: 'call', as: 'ended', method: 'post', path: `${base}/{id}/${r.close}` },
        status('ended', 200),
        is('ended', ['status'], r.closed),
        { do: 'call', as: 'again', method: 'post', path: `${base}/{id}/${r.close}` },
        status('again', 409),
      ];
    case 'owner':
      return [
        create('made', { ...one, owner: name(4) }),
        id('made'),
        get('unsigned', '/{id}/private'),
        status('unsigned', 401),
        { do: 'call', as: 'session', method: 'post', path: `/${spaces}/{${space}}/sessions`, json: { user: name(5) } },
        { do: 'take', as: 'token', of: 'session', path: ['token'] },
        { do: 'call', as: 'other', method: 'get', path: `${base}/{id}/private`, headers: { authorization: '{{token}}' } },
        status('other', 403),
      ];
    case 'search':
      return [
        create('upper', { name: `${name(0).toUpperCase()} 100%`, [r.amount]: number }),
        create('plain', { name: `${name(1)} 100 x`, [r.amount]: number }),
        get('loud', '/search', { q: name(0) }),
        { do: 'count', of: 'loud', path: ['items'], is: 1 },
        get('exact', '/search', { q: '100%' }),
        { do: 'count', of: 'exact', path: ['items'], is: 1 },
      ];
    case 'discount':
      return [
        create('made', { name: name(0), [r.amount]: 10 }),
        id('made'),
        get('some', '/{id}/discounted', { percent: 12.5 }),
        is('some', [r.amount], 8.75),
        get('most', '/{id}/discounted', { percent: 90 }),
        status('most', 200),
        get('over', '/{id}/discounted', { percent: 91 }),
        status('over', 422),
      ];
    case 'bulk':
      return [
        {
          do: 'call',
          as: 'sent',
          method: 'post',
          path: `${base}/bulk`,
          json: {
            items: [
              { name: name(0), [r.amount]: number },
              { name: '', [r.amount]: 1 },
              { name: name(1), [r.amount]: 2 },
              { name: name(2), [r.amount]: 3 },
            ],
          },
        },
        is('sent', ['created'], 3),
        { do: 'count', of: 'sent', path: ['rejected'], is: 1 },
        is('sent', ['rejected', 0, 'index'], 1),
      ];
    case 'export':
      return [
        create('made', { name: `${name(0)}; ${name(1)}`, [r.amount]: number }),
        get('file', '/export'),
        { do: 'text', of: 'file', is: `name;${r.amount}\n"${name(0)}; ${name(1)}";${number}\n` },
      ];
    case 'copy':
      return [
        create('made', { ...one, note: name(6) }),
        id('made'),
        { do: 'call', as: 'twin', method: 'post', path: `${base}/{id}/copy` },
        is('twin', ['name'], name(0)),
        is('twin', ['note'], name(6)),
      ];
    case 'concurrent_add': {
      const by = random.int(2, 9);
      return [
        create('made', one),
        id('made'),
        {
          do: 'together',
          calls: [
            { method: 'post', path: `${base}/{id}/add`, json: { by } },
            { method: 'post', path: `${base}/{id}/add`, json: { by } },
          ],
        },
        get('all', '/score'),
        is('all', ['sum'], number + 2 * by),
      ];
    }
    case 'cached_price':
      return [
        create('made', { name: name(0), [r.amount]: 10 }),
        id('made'),
        get('before', '/{id}/price'),
        is('before', ['price'], 12),
        { do: 'call', as: 'changed', method: 'patch', path: `${base}/{id}`, json: { [r.amount]: 20 } },
        get('after', '/{id}/price'),
        is('after', ['price'], 24),
      ];
    case 'quote':
      return [
        create('made', { name: name(0), [r.amount]: 10 }),
        id('made'),
        get('asked', '/{id}/quote'),
        status('asked', 200),
        is('asked', ['quote'], 12),
      ];
    case 'history':
      return [create('made', one), id('made'), get('past', '/{id}/history'), status('past', 200), is('past', ['versions'], [1])];
  }
}
