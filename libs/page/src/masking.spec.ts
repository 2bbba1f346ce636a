import { secretMasker } from './masking';

describe('secretMasker', () => {
  const { mask, add } = secretMasker(['p@ss/word', 'on', 'abc"def']);
  it.each([
    ['a configured value', 'x p@ss/word y', 'x *** y'],
    ['its form in URLs', '/?p=p%40ss%2Fword', '/?p=***'],
    ['its form in JSON', '{"v":"abc\\"def"}', '{"v":"***"}'],
    ['an authorization header', 'authorization: Bearer abc.def', 'authorization: Bearer ***'],
    ['headers as JSON', '{"Authorization":"Basic YWJj","Cookie":"sid=1; b=2"}', '{"Authorization":"Basic ***","Cookie":"***"}'],
    ['a password in JSON', '{"user":"ann","password":"hunter2","n":1}', '{"user":"ann","password":"***","n":1}'],
    ['a password that holds quotes and spaces', '{"password":"a \\"b\\", c","n":1}', '{"password":"***","n":1}'],
    [
      'a password in JSON inside JSON',
      '{"body":"{\\"password\\":\\"pw, 9\\",\\"n\\":1}"}',
      '{"body":"{\\"password\\":\\"***\\",\\"n\\":1}"}',
    ],
    ['a password as an object prints', "{ password: 'pw 9', n: 1 }", "{ password: '***', n: 1 }"],
    ['a password in a form', 'user=ann&password=hunter2&n=1', 'user=ann&password=***&n=1'],
    ['a password in a URL', 'postgres://ann:hunter2@db:5432/x', 'postgres://ann:***@db:5432/x'],
    ['an api key', 'x-api-key: k-123', 'x-api-key: ***'],
    ['a token by its look', 'got eyJhbGciOiJI.eyJzdWIiOiIx.sig_nature-1 and ghp_abcdefghijklmnopqrst', 'got *** and ***'],
  ])('masks %s', (_name, text, expected) => {
    expect(mask(text)).toBe(expected);
  });

  it('leaves ordinary text as it is', () => {
    const text = 'the order {"total": 12, "state": "on"} of http://127.0.0.1:8080/a?b=c took 3 ms: authored by Ann';
    expect(mask(text)).toBe(text);
  });

  it('learns values later', () => {
    add('new-secret');
    expect(mask('a new-secret b')).toBe('a *** b');
  });
});
