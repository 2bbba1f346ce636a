import { classOf, failureOf, firstLine, readableStack } from './failure';

const view = { root: '/project', ours: (file: string) => file.startsWith('/program/') };
const plain = (text: string): string => text;

describe('classOf', () => {
  const fetchFailed = Object.assign(new TypeError('fetch failed'), {
    cause: new AggregateError([Object.assign(new Error('no'), { code: 'ECONNREFUSED' })]),
  });
  it.each([
    ['what the error says of itself', Object.assign(new Error('x'), { failureClass: 'not_found', code: 'ECONNRESET' }), 'not_found'],
    ['a refused connection', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'network'],
    ['an errno below fetch', fetchFailed, 'network'],
    ['a time-out code', Object.assign(new Error('x'), { code: 'UND_ERR_HEADERS_TIMEOUT' }), 'timeout'],
    ['an aborted fetch', Object.assign(new Error('x'), { name: 'TimeoutError', code: 23 }), 'timeout'],
    ['node:assert', Object.assign(new Error('x'), { code: 'ERR_ASSERTION' }), 'assertion'],
    ['a matcher', Object.assign(new Error('x'), { matcherResult: { pass: false } }), 'assertion'],
    ['a unique violation', Object.assign(new Error('x'), { code: '23505' }), 'database'],
    ['a class that is none of ours', Object.assign(new Error('x'), { failureClass: 'surprise' }), 'other'],
    ['anything else', new RangeError('x'), 'other'],
  ])('knows %s', (_name, thrown, expected) => {
    expect(classOf(thrown)).toBe(expected);
  });
});

describe('readableStack', () => {
  it('keeps the project’s frames, relative, and finds the first place', () => {
    const { stack, place } = readableStack(
      [
        'Error: no',
        '    at Page.assertOk (/program/libs/page/page.js:1:1)',
        '    at helper (file:///project/node_modules/left/index.js:2:3)',
        '    at check (file:///project/services/a%20b/lib.ts?t=3:7:9)',
        '    at async run (/project/services/shop/modules/01_a.ts:4:5)',
        '    at async /program/host.js:9:9',
        '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
        '    at new Promise (<anonymous>)',
      ].join('\n'),
      view,
    );
    expect(stack.split('\n')).toEqual([
      'Error: no',
      '    at helper (node_modules/left/index.js:2:3)',
      '    at check (services/a b/lib.ts:7:9)',
      '    at async run (services/shop/modules/01_a.ts:4:5)',
    ]);
    expect(place).toEqual({ file: 'services/a b/lib.ts', line: 7 });
  });

  it('finds the place of a script that does not parse', () => {
    expect(
      readableStack('file:///project/services/x.js?t=1:3\nconst a = ;\n          ^\nSyntaxError: Unexpected token', view).place,
    ).toEqual({ file: 'services/x.js', line: 3 });
  });
});

describe('failureOf', () => {
  it('survives whatever is thrown', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('no');
        },
      },
    );
    for (const thrown of [
      undefined,
      null,
      0,
      '',
      Symbol('s'),
      10n,
      circular,
      hostile,
      Object.create(null),
      { message: 1 },
      new AggregateError([]),
    ]) {
      const failure = failureOf(thrown, view, plain);
      expect(failure.class).toBe('other');
      expect(typeof failure.message).toBe('string');
    }
  });

  it('masks every text', () => {
    const thrown = Object.assign(new Error('token=abc'), { expected: 'abc', actual: { a: 'abc' } });
    const failure = failureOf(thrown, view, (text) => text.replaceAll('abc', '***'));
    expect(JSON.stringify(failure)).not.toContain('abc');
    expect(failure).toMatchObject({ message: 'token=***', expected: '***', actual: '{"a":"***"}' });
  });

  it('says in one line what a matcher says in many', () => {
    expect(firstLine('expect(received).toBe(expected) // Object.is equality\n\nExpected: 3\nReceived: 2')).toBe(
      'expect(received).toBe(expected); Expected: 3; Received: 2',
    );
    expect(firstLine('\n  a problem\nmore')).toBe('a problem');
    const diff =
      'expect(received).toEqual(expected) // deep equality\n\n- Expected  - 1\n+ Received  + 1\n\n  Object {\n-   "count": -1,\n+   "count": 62,\n  }';
    expect(firstLine(diff)).toBe('expect(received).toEqual(expected); expected "count": -1; received "count": 62');
  });
});
