import type { Mutation } from '@testimony/contracts';
import { alteredText, mutatedAnswer, type WireAnswer } from './mutated-answer';

const answer = (body: string, more: Partial<WireAnswer> = {}): WireAnswer => ({
  status: 200,
  contentType: 'application/json',
  body: Buffer.from(body),
  mayHaveBody: true,
  ...more,
});
const mutation = (kind: Mutation['kind'], field?: string): Mutation => ({
  request: 'GET /',
  from: 0,
  kind,
  ...(field !== undefined && { field }),
});
const bodyOf = (changed: WireAnswer | undefined): string | undefined => changed?.body?.toString('utf8');

describe('a status', () => {
  it.each([
    [200, 500],
    [204, 500],
    [404, 200],
    [304, 200],
    [500, 200],
  ])('%i becomes %i', (status, expected) => {
    expect(mutatedAnswer(answer('', { status, mayHaveBody: false }), mutation('status'))?.status).toBe(expected);
  });
  it('changes although the body is too large to be read', () => {
    expect(mutatedAnswer(answer('', { body: undefined }), mutation('status'))).toMatchObject({ status: 500, body: undefined });
  });
});

const order = '{ "id": 12345678901234567890, "items": [ {"n": 1.50}, {"n": 2} ], "paid": true, "tags": [], "of": {"a/b": null, "~": "x"} }';

describe('a field', () => {
  it.each<[Mutation['kind'], string | undefined, string]>([
    ['missing_field', undefined, order.replace('"id": 12345678901234567890, ', '')],
    ['missing_field', '/paid', order.replace(', "paid": true', '')],
    ['missing_field', '/of', order.replace(', "of": {"a/b": null, "~": "x"}', '')],
    ['missing_field', '/items/0', order.replace('{"n": 1.50}, ', '')],
    ['missing_field', '/items/1/n', order.replace('{"n": 2}', '{}')],
    ['wrong_value', undefined, order.replace('12345678901234567890', '12345678901234567891')],
    ['wrong_value', '/items', order.replace('1.50', '2.5')],
    ['wrong_value', '/paid', order.replace('true', 'false')],
    ['wrong_value', '/of/a~1b', order.replace('null', '"x"')],
    ['wrong_value', '/of/~0', order.replace('"x"', '"y"')],
    ['empty_list', undefined, order.replace('[ {"n": 1.50}, {"n": 2} ]', '[]')],
    ['empty_list', '/items', order.replace('[ {"n": 1.50}, {"n": 2} ]', '[]')],
  ])('%s at %s changes that and nothing else', (kind, field, expected) => {
    expect(bodyOf(mutatedAnswer(answer(order), mutation(kind, field)))).toBe(expected);
  });

  it.each<[Mutation['kind'], string | undefined, string]>([
    ['missing_field', '/none', order],
    ['missing_field', '', order],
    ['missing_field', undefined, '[1, 2]'],
    ['wrong_value', 'paid', order],
    ['wrong_value', undefined, '{}'],
    ['empty_list', '/tags', order],
    ['empty_list', undefined, '{"a": []}'],
    ['wrong_value', '/a', 'no json'],
    ['missing_field', undefined, '{"a": 1,}'],
    ['stale_value', '/paid', order],
  ])('%s at %s of %s makes no difference, and says so', (kind, field, body) => {
    expect(mutatedAnswer(answer(body), mutation(kind, field))).toBeUndefined();
  });

  it('stands in a list, in a scalar document, and behind escapes', () => {
    expect(bodyOf(mutatedAnswer(answer('[{"a": "b"}]'), mutation('missing_field')))).toBe('[{}]');
    expect(bodyOf(mutatedAnswer(answer('41'), mutation('wrong_value')))).toBe('42');
    expect(bodyOf(mutatedAnswer(answer(String.raw`"\u00e9"`), mutation('wrong_value')))).toBe('"éx"');
    expect(bodyOf(mutatedAnswer(answer('{"a":1,"a":2}'), mutation('wrong_value', '/a')))).toBe('{"a":1,"a":3}');
    expect(bodyOf(mutatedAnswer(answer('[1, 2]'), mutation('empty_list')))).toBe('[]');
  });

  it('goes back to what it was', () => {
    const stale = (field: string | undefined, now: string, then: string): string | undefined =>
      bodyOf(mutatedAnswer(answer(now), mutation('stale_value', field), answer(then)));
    expect(stale('/s', '{"s": "sent", "n": 2}', '{"s":"new","n":1}')).toBe('{"s": "new", "n": 2}');
    expect(stale('/s', '{"s": "sent", "n": 2}', '{"n":1}')).toBe('{"n": 2}');
    expect(stale(undefined, '{"s": "sent"}', 'gone')).toBe('gone');
    expect(stale('/s', '{"s": 1}', '{"s": 1, "n": 1}')).toBeUndefined();
    expect(stale(undefined, '{"s": 1}', '{"s": 1}')).toBeUndefined();
    const found = mutatedAnswer(answer('{}'), mutation('stale_value'), answer('none', { status: 404, contentType: 'text/plain' }));
    expect(found).toMatchObject({ status: 404, contentType: 'text/plain' });
  });
});

describe('a body', () => {
  it('becomes an error document under the same status', () => {
    const changed = mutatedAnswer(answer('<p>', { contentType: 'text/html', status: 201 }), mutation('error_body'));
    expect(changed).toMatchObject({ status: 201, contentType: 'application/json' });
    expect(JSON.parse(bodyOf(changed) ?? '')).toHaveProperty('error');
  });
  it('of text is altered as a whole, bytes are left alone', () => {
    expect(bodyOf(mutatedAnswer(answer('ok 9', { contentType: 'text/plain' }), mutation('wrong_value')))).toBe('pl 0');
    const bytes = answer('', { contentType: 'application/octet-stream', body: Buffer.from([255, 254, 0]) });
    expect(mutatedAnswer(bytes, mutation('wrong_value'))).toBeUndefined();
  });
  it.each<Mutation['kind']>(['error_body', 'wrong_value', 'missing_field', 'empty_list'])(
    'that may not be there stays away: %s',
    (kind) => {
      expect(mutatedAnswer(answer('', { status: 204, mayHaveBody: false }), mutation(kind))).toBeUndefined();
    },
  );
});

it.each([
  ['paid', 'qbje'],
  ['Zz', 'Aa'],
  ['2024-02-28', '2024-02-29'],
  ['2024-12-31T23:59:59.5Z', '2025-01-01T23:59:59.5Z'],
  ['2024-13-31', '3135-24-42'],
  ['f47ac10b-58cc', 'a58bd21c-69dd'],
  ['', 'x'],
  ['été', 'éué'],
  ['—', '—x'],
])('alters %j to %j', (text, expected) => {
  expect(alteredText(text)).toBe(expected);
});
