import type { Expr, Stmt } from './code';
import { walk } from './code';
import { keyOf } from './code-key';
import { readCode } from './read-code';
import { readTypeScript } from './read-typescript';

function bodyOf(file: string, text: string): readonly Stmt[] {
  const [module] = readCode(file, [text]);
  if (typeof module !== 'object') throw new Error(module);
  return module.body;
}

function callsIn(body: readonly Stmt[]): (Expr & { kind: 'call' })[] {
  const calls: (Expr & { kind: 'call' })[] = [];
  walk(body, (expr) => {
    if (expr.kind === 'call') calls.push(expr);
  });
  return calls;
}

describe('readCode', () => {
  it.each([
    ['a.ts', `const a = 'ä\u{1F600}';\r\n\tf(a, "x");\r\n\tg(\`\${a}\u{1F600}\`, h(1));\r\n`],
    ['a.py', `a = 'ä\u{1F600}'\r\nif a:\r\n\tf(a, "x")\r\n\tg(f'{a}\u{1F600}', h(1))\r\n`],
  ])('gives the place of each call in %s, whatever the letters and line ends', (file, text) => {
    const calls = callsIn(bodyOf(file, text)).map((call) => text.slice(call.start, call.end));
    expect(calls.map((source) => source.replace(/^(\w).*(\))$/s, '$1$2'))).toEqual(['f)', 'g)', 'h)']);
    expect(calls[0]).toBe('f(a, "x")');
  });

  it('reads the same of both languages', () => {
    const [script] = bodyOf('a.ts', `check(answer.items[0].name === 'x' && !done, [1, -2, true, null], (n) => n.id);`);
    const [python] = bodyOf('a.py', `check(answer["items"][0].name == "x" and not done, [1, -2, True, None], lambda n: n["id"])`);
    const keys = [script, python].map((stmt) => stmt?.kind === 'expression' && keyOf(stmt.value));
    expect(keys[0]).toContain('check(');
    expect(keys[0]).toBe(keys[1]);
  });

  it('says the line of what does not parse', () => {
    expect(readTypeScript('a.ts', 'const a = 1;\nconst = 2;')).toMatch(/^line 2 does not parse: /);
    expect(readCode('a.py', ['a = 1\nb = = 2'])[0]).toMatch(/^line 2 does not parse: /);
  });

  it('reads types away', () => {
    const plain = bodyOf('a.ts', `const a = (await page.get('/x')).json(); f(a.b);`);
    const typed = bodyOf('a.ts', `const a = (await page.get('/x')).json<{ b: string }>() as { b: string }; f(a!.b);`);
    expect(callsIn(typed).map(keyOf)).toEqual(callsIn(plain).map(keyOf));
  });
});
