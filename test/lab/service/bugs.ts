import { pascal } from './source';
import type { LabSet, Resource, SourcePart } from '../vocabulary';

/** What of a resource a test is about. Each product bug breaks exactly one of these, and every test of it. */
export const FEATURES = [
  'create',
  'read',
  'unknown',
  'validate_amount',
  'validate_name',
  'validate_note',
  'paging',
  'filter',
  'update',
  'remove',
  'conflict',
  'summary',
  'close',
  'owner',
  'search',
  'discount',
  'bulk',
  'export',
  'copy',
  'concurrent_add',
  'cached_price',
  'quote',
  'history',
] as const;
export type Feature = (typeof FEATURES)[number];

/** Shown by measuring labs only. */
export const MEASURING_FEATURES: readonly Feature[] = ['bulk', 'export', 'copy'];
export const INTERMITTENT_FEATURES: readonly Feature[] = ['concurrent_add', 'cached_price', 'quote'];

export interface BugKind {
  readonly name: string;
  readonly feature: Feature;
  readonly part: SourcePart;
  /** The line that changes: `find` stands in it exactly once in the file. `with` may be empty: then the whole line goes. */
  readonly find: (r: Resource) => string;
  readonly with: (r: Resource) => string;
  readonly intermittent?: true;
  readonly only?: LabSet;
  /** What a developer might say it does. */
  readonly message: (r: Resource) => string;
}

const text = (value: string) => () => value;

export const BUGS: readonly BugKind[] = [
  {
    name: 'wrong_status',
    feature: 'create',
    part: 'routes',
    find: (r) => `res.status(201).json(views.created(${r.one}));`,
    with: (r) => `res.json(views.created(${r.one}));`,
    message: (r) => `Answer of a new ${r.one} made simpler`,
  },
  {
    name: 'missing_field',
    feature: 'create',
    part: 'views',
    find: (r) => `    ${r.amount}: ${r.one}.${r.amount},\n    status: ${r.one}.status,\n    createdAt`,
    with: (r) => `    ${r.amount}: ${r.one}.${r.amount},\n    createdAt`,
    message: (r) => `Smaller answer for a new ${r.one}`,
  },
  {
    name: 'wrong_value',
    feature: 'create',
    part: 'views',
    find: (r) => `    ${r.amount}: ${r.one}.${r.amount},\n    status: ${r.one}.status,\n    createdAt`,
    with: (r) => `    ${r.amount}: Math.floor(${r.one}.${r.amount}),\n    status: ${r.one}.status,\n    createdAt`,
    only: 'measuring',
    message: (r) => `Whole numbers for a new ${r.one}`,
  },
  {
    name: 'missing_value',
    feature: 'read',
    part: 'routes',
    find: (r) => `    res.json(views.full(req.${r.one}));`,
    with: (r) => `    res.json({ ...views.full(req.${r.one}), note: null });`,
    message: () => 'Notes are not for everybody',
  },
  {
    name: 'wrong_type',
    feature: 'read',
    part: 'routes',
    find: (r) => `    res.json(views.full(req.${r.one}));`,
    with: (r) => `    res.json({ ...views.full(req.${r.one}), ${r.amount}: String(req.${r.one}.${r.amount}) });`,
    message: (r) => `${pascal(r.amount)} as clients print it`,
  },
  {
    name: 'server_error',
    feature: 'unknown',
    part: 'routes',
    find: (r) => `    if (!req.${r.one}) return res.status(404).json({ error: '${r.one}' });`,
    with: (r) => `    req.${r.one}.seen = true;`,
    message: (r) => `Remember which ${r.one} was seen`,
  },
  {
    name: 'wrong_status',
    feature: 'unknown',
    part: 'routes',
    find: (r) => `    if (!req.${r.one}) return res.status(404).json({ error: '${r.one}' });`,
    with: (r) => `    if (!req.${r.one}) return res.status(400).json({ error: '${r.one}' });`,
    message: () => `One status for bad paths`,
  },
  {
    name: 'validation_gone',
    feature: 'validate_amount',
    part: 'rules',
    find: (r) => `  if (typeof body.${r.amount} !== 'number' || !(body.${r.amount} > 0)) return '${r.amount}';`,
    with: (r) => `  if (typeof body.${r.amount} !== 'number') return '${r.amount}';`,
    message: (r) => `Shorter rule for ${r.amount}`,
  },
  {
    name: 'off_by_one',
    feature: 'validate_amount',
    part: 'rules',
    find: (r) => `!(body.${r.amount} > 0)`,
    with: (r) => `!(body.${r.amount} >= 0)`,
    message: (r) => `Rule for ${r.amount} of free ones`,
  },
  {
    name: 'off_by_one',
    feature: 'validate_name',
    part: 'rules',
    find: text('body.name.length > MOST_NAME'),
    with: text('body.name.length > MOST_NAME + 1'),
    message: () => 'Names with a final mark',
  },
  {
    name: 'validation_gone',
    feature: 'validate_name',
    part: 'rules',
    find: text("  if (body.name.length > MOST_NAME) return 'name';\n"),
    with: text(''),
    message: () => 'Longer names',
  },
  {
    name: 'validation_gone',
    feature: 'validate_note',
    part: 'rules',
    find: text("  if (body.note !== undefined && body.note !== null && typeof body.note !== 'string') return 'note';\n"),
    with: text(''),
    message: () => 'Notes of any kind',
  },
  {
    name: 'off_by_one',
    feature: 'paging',
    part: 'listing',
    find: text('(Number(page) - 1) * limit'),
    with: text('Number(page) * limit'),
    message: () => 'Offsets of pages',
  },
  {
    name: 'wrong_order',
    feature: 'paging',
    part: 'listing',
    find: (r) => `'${r.amount} ASC, id'`,
    with: (r) => `'${r.amount} DESC, id'`,
    message: () => 'The largest first',
  },
  {
    name: 'wrong_value',
    feature: 'paging',
    part: 'listing',
    find: text('total: counted.rows[0].total'),
    with: text('total: rows.length'),
    only: 'measuring',
    message: () => 'One query less for a page',
  },
  {
    name: 'filter_ignored',
    feature: 'filter',
    part: 'listing',
    find: text(" + ' AND status = $2 ORDER BY id', ["),
    with: text(" + ' AND (status = $2 OR true) ORDER BY id', ["),
    message: () => 'Filter for clients without states',
  },
  {
    name: 'filter_inverted',
    feature: 'filter',
    part: 'listing',
    find: text("' AND status = $2"),
    with: text("' AND status <> $2"),
    message: () => 'Filter by state',
  },
  {
    name: 'lost_value',
    feature: 'update',
    part: 'store',
    find: (r) => `body.note === undefined ? ${r.one}.note : body.note`,
    with: text('body.note'),
    message: () => 'Notes are taken as they come',
  },
  {
    name: 'wrong_value',
    feature: 'update',
    part: 'store',
    find: (r) => `  const version = ${r.one}.version + 1;`,
    with: (r) => `  const version = ${r.one}.version;`,
    message: () => 'Versions count replacements only',
  },
  {
    name: 'removed_still_there',
    feature: 'remove',
    part: 'store',
    find: text('SET removed = true WHERE id = $1'),
    with: text('SET removed = (removed IS NULL) WHERE id = $1'),
    message: () => 'Only void ones are removed',
  },
  {
    name: 'wrong_status',
    feature: 'remove',
    part: 'routes',
    find: (r) => `    await store.remove(pool, req.${r.one});\n    res.status(204).end();`,
    with: (r) => `    await store.remove(pool, req.${r.one});\n    res.status(200).end();`,
    message: () => 'A plain answer after removal',
  },
  {
    name: 'check_gone',
    feature: 'conflict',
    part: 'rules',
    find: (r) => `wanted !== undefined && wanted !== String(${r.one}.version)`,
    with: (r) => `wanted !== undefined && Number(wanted) > ${r.one}.version`,
    message: () => 'Older clients may write',
  },
  {
    name: 'wrong_status',
    feature: 'conflict',
    part: 'routes',
    find: text("res.status(412).json({ error: 'version' })"),
    with: text("res.status(500).json({ error: 'version' })"),
    message: () => 'Errors of versions',
  },
  {
    name: 'wrong_sum',
    feature: 'summary',
    part: 'totals',
    find: (r) => `    total += Number(row.${r.amount});\n`,
    with: (r) => `    if (row.status === '${r.open}') total += Number(row.${r.amount});\n`,
    message: () => 'Totals of what is left',
  },
  {
    name: 'off_by_one',
    feature: 'summary',
    part: 'totals',
    find: text('for (const row of rows) {'),
    with: text('for (const row of rows.slice(1)) {'),
    message: () => 'Totals without the opening row',
  },
  {
    name: 'check_gone',
    feature: 'close',
    part: 'rules',
    find: (r) => `return ${r.one}.status === '${r.open}';`,
    with: (r) => `return ${r.one}.status !== undefined;`,
    message: (r) => `${pascal(r.close)} as often as wanted`,
  },
  {
    name: 'server_error',
    feature: 'close',
    part: 'routes',
    find: (r) => `    res.json(views.full(await store.setStatus(pool, req.${r.one}, '${r.closed}')));`,
    with: (r) =>
      `    req.${r.one}.note = req.${r.one}.note.trim();\n    res.json(views.full(await store.setStatus(pool, req.${r.one}, '${r.closed}')));`,
    message: () => 'Notes without blanks',
  },
  {
    name: 'check_gone',
    feature: 'owner',
    part: 'rules',
    find: (r) => `return ${r.one}.owner === user.name;`,
    with: (r) => `return ${r.one}.owner === user.name || user.name.length > 0;`,
    message: () => 'Users with a name may look',
  },
  {
    name: 'wrong_status',
    feature: 'owner',
    part: 'routes',
    find: text("res.status(403).json({ error: 'owner' })"),
    with: text("res.status(401).json({ error: 'owner' })"),
    message: () => 'One status for refusals',
  },
  {
    name: 'case_sensitive',
    feature: 'search',
    part: 'listing',
    find: text('name ILIKE $2'),
    with: text('name LIKE $2'),
    message: () => 'Search can use the index',
  },
  {
    name: 'not_escaped',
    feature: 'search',
    part: 'listing',
    find: text("'%' + escaped(q) + '%'"),
    with: text("'%' + q + '%'"),
    message: () => 'Search with wildcards',
  },
  {
    name: 'rounding',
    feature: 'discount',
    part: 'pricing',
    find: (r) => `cents(${r.amount} * (1 - percent / 100))`,
    with: (r) => `Math.floor(${r.amount} * (1 - percent / 100))`,
    message: () => 'Discounts in whole numbers',
  },
  {
    name: 'off_by_one',
    feature: 'discount',
    part: 'rules',
    find: text('percent <= MOST_PERCENT'),
    with: text('percent < MOST_PERCENT'),
    message: () => 'Bounds of a discount',
  },
  {
    name: 'off_by_one',
    feature: 'bulk',
    part: 'routes',
    find: text('rejected.push({ index, error: problem })'),
    with: text('rejected.push({ index: index + 1, error: problem })'),
    message: () => 'Rows are counted from one',
  },
  {
    name: 'stops_early',
    feature: 'bulk',
    part: 'routes',
    find: text('for (const [index, item] of req.body.items.entries()) {'),
    with: text('for (const [index, item] of req.body.items.slice(0, 3).entries()) {'),
    message: () => 'A bound for bulk requests',
  },
  {
    name: 'missing_header',
    feature: 'export',
    part: 'listing',
    find: (r) => `const lines = ['name;${r.amount}'];`,
    with: text('const lines = [];'),
    message: () => 'Rows only',
  },
  {
    name: 'not_escaped',
    feature: 'export',
    part: 'listing',
    find: text("lines.push(quoted(row.name) + ';'"),
    with: text("lines.push(row.name + ';'"),
    message: () => 'Simpler rows',
  },
  {
    name: 'lost_value',
    feature: 'copy',
    part: 'views',
    find: (r) => `    note: ${r.one}.note,\n  };`,
    with: text('  };'),
    message: () => 'A copy begins without a note',
  },
  {
    name: 'lost_update',
    feature: 'concurrent_add',
    part: 'store',
    intermittent: true,
    find: (r) => `SET ${r.amount} = ${r.amount} + $2 WHERE id = $1 RETURNING ' + COLUMNS, [${r.one}.id, by]`,
    with: (r) => `SET ${r.amount} = $2 WHERE id = $1 RETURNING ' + COLUMNS, [${r.one}.id, ${r.one}.${r.amount} + by]`,
    message: () => 'Sums are made here, not in the database',
  },
  {
    name: 'stale_cache',
    feature: 'cached_price',
    part: 'routes',
    intermittent: true,
    find: text('    pricing.forget(changed.id);\n'),
    with: text(''),
    message: () => 'Prices are kept for a moment only, no need to forget',
  },
  {
    name: 'bad_replica',
    feature: 'quote',
    part: 'pricing',
    intermittent: true,
    find: text("{ name: 'c', tax: TAX }"),
    with: text("{ name: 'c', tax: 1.02 }"),
    message: () => 'The tax of host c',
  },
];

/** The feature that only the head has; its tests fail on the base. */
export const NEW_FEATURE = {
  find: () => `  router.get('/:id/price', async (req, res) => {`,
  with: (r: Resource) => `  router.get('/:id/history', (req, res) => {
    res.json({ id: req.${r.one}.id, versions: Array.from({ length: req.${r.one}.version }, (_, n) => n + 1) });
  });

  router.get('/:id/price', async (req, res) => {`,
} as const;
