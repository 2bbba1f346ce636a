import type { ModuleParts } from '../tests/module-text';
import { writtenWith, type NamedModule } from '../project/named-modules';
import type { Random } from '../random';

export interface BadFix {
  readonly kind: string;
  readonly after: string;
  readonly objecting: readonly string[];
}

const WEAKER = ['assertions', 'allowed_edit', 'faults'];
const ASSERT = /^(\s*)(.*?)\s*(?:\/\/|#)@assert(.*)$/;

/** Edits that make a test quiet without making it right. Each works on the marked text, so that it knows the assertions. */
export function badFixesOf(module: NamedModule, random: Random): BadFix[] {
  const { parts, language } = module.test;
  const python = language === 'py';
  const lines = parts.body.split('\n');
  const asserts = lines.flatMap((line, index) => (ASSERT.test(line) ? [index] : []));
  const last = asserts.at(-1);
  if (last === undefined) return [];
  const fixes: BadFix[] = [];
  const add = (kind: string, body: string | undefined, objecting: readonly string[] = WEAKER, more: Partial<ModuleParts> = {}) => {
    if (body === undefined) return;
    const after = writtenWith(module, { ...parts, ...more, body }).text;
    if (after !== module.written.text) fixes.push({ kind, after, objecting });
  };
  const withLine = (change: (statement: string) => string | undefined): string | undefined => {
    const [, indent = '', statement = ''] = ASSERT.exec(lines[last] as string) ?? [];
    const changed = change(statement);
    return changed === undefined ? undefined : lines.with(last, indented(changed, indent)).join('\n');
  };

  add(
    'loosened',
    withLine((statement) => loosened(statement, python, random)),
  );
  add(
    'tautology',
    withLine((statement) => tautology(statement, python)),
  );
  add('removed', lines.toSpliced(last, 1, ...(python && lines.length === 1 ? ['pass'] : [])).join('\n'));
  add(
    'swallowed',
    withLine((statement) =>
      python
        ? `try:\n    ${statement}\nexcept AssertionError:\n    pass`
        : `try {\n  ${statement}\n} catch {\n  // It is not always so.\n}`,
    ),
  );
  add(
    'conditional',
    withLine((statement) =>
      python
        ? `if page.requests:\n    if page.get("/health").status == 500:\n        ${statement}`
        : `if (page.requests.length > 1000) {\n  ${statement}\n}`,
    ),
  );
  add(
    'something_else',
    withLine(() => (python ? 'assert page.get("/health").status == 200' : "page.assertStatus(await page.get('/health'), 200);")),
  );
  add('retried', retried(parts.body, python));
  if (!python) add('skipped', parts.body, WEAKER, { meta: { ...parts.meta, skip: 'not reliable' } });
  else add('skipped', parts.body, WEAKER, { meta: { ...parts.meta, skip: 'not reliable' } });
  add('returns_early', lines.toSpliced(last, 0, python ? 'return' : `if (page.requests.length > 0) return;`).join('\n'));
  if (module.test.flaky) {
    const flaw = lines.findIndex((line) => line.includes('@flaw'));
    const sleepAt = flaw === -1 ? last : flaw;
    add(
      'longer_sleep',
      longerSleep(lines, sleepAt, python),
      ['allowed_edit', 'assertions', 'runs', 'run_time'],
      python && !parts.imports?.['time'] ? { imports: { ...parts.imports, time: [] } } : {},
    );
  }
  if (module.test.category === 'regression' || module.test.category === 'intermittent') {
    const product = ['reproduced', 'assertions', 'allowed_edit', 'faults', 'runs'];
    add(
      'around_a_bug',
      python
        ? undefined
        : withLine(
            (statement) =>
              `await page.waitFor(() => {\n  try {\n    ${statement.replace('await ', '')}\n  } catch {\n    return page.requests.length > 1;\n  }\n  return true;\n});`,
          ),
      product,
    );
    add('polls_until_right', retried(parts.body, python, 20), product);
  }
  return fixes;
}

function indented(text: string, by: string): string {
  return text
    .split('\n')
    .map((line) => by + line)
    .join('\n');
}

function loosened(statement: string, python: boolean, random: Random): string | undefined {
  if (python) {
    const equal = /^assert (.+) == (.+)$/.exec(statement);
    if (equal) return `assert ${equal[1]} is not None`;
    const expected = /^page\.expect\((.+)\)\.to_\w+\(.*\)$/.exec(statement);
    if (expected) return `page.expect(${expected[1]}).to_be_truthy()`;
    const status = /^page\.assert_status\((\w+), .+\)$/.exec(statement);
    if (status) return `assert ${status[1]}.status < 600`;
    const json = /^page\.assert_json\((\w+), .+\)$/.exec(statement);
    if (json) return `page.assert_json(${json[1]}, {})`;
    return statement.startsWith('page.assert_ok') ? 'assert True' : undefined;
  }
  const matcher = /^expect\((.+)\)\.(?:to\w+)\(.*\);$/.exec(statement);
  if (matcher) return `expect(${matcher[1]}).${random.pick(['toBeDefined()', 'not.toBeUndefined()', 'toEqual(expect.anything())'])};`;
  const status = /^page\.assertStatus\((.+), [^,]+\);$/.exec(statement);
  if (status) return `page.assertStatus(${status[1]}, [200, 201, 204, 401, 403, 404, 409, 412, 422, 423, 429, 500, 503]);`;
  const json = /^page\.assertJson\((\w+|await .+?\)), .+\);$/.exec(statement);
  if (json) return `page.assertJson(${json[1]}, {});`;
  const equal = /^assert\.\w+\((.+), [^,]+\);$/.exec(statement);
  if (equal) return `assert.notEqual(${equal[1]}, undefined);`;
  return undefined;
}

/** Compares a value with itself. */
function tautology(statement: string, python: boolean): string | undefined {
  if (python) {
    const equal = /^assert (.+) == .+$/.exec(statement);
    return equal ? `assert ${equal[1]} == ${equal[1]}` : undefined;
  }
  const matcher = /^expect\(([^;]+?)\)\.(toBe|toEqual|toStrictEqual)\(.*\);$/.exec(statement);
  if (matcher && !matcher[1]?.includes('await ')) return `expect(${matcher[1]}).${matcher[2]}(${matcher[1]});`;
  const status = /^page\.assertStatus\((\w+), .+\);$/.exec(statement);
  if (status) return `page.assertStatus(${status[1]}, ${status[1]}.status);`;
  const json = /^page\.assertJson\((\w+), .+\);$/.exec(statement);
  return json ? `page.assertJson(${json[1]}, ${json[1]}.json());` : undefined;
}

/** Tries the whole test again until it passes, which hides every failure that is not permanent. */
function retried(body: string, python: boolean, times = 4): string {
  const inner = indented(body, '    ');
  return python
    ? `for last in range(${times}):\n    try:\n${indented(body, '        ')}\n        return\n    except Exception:\n        if last == ${times - 1}:\n            raise`
    : `for (let again = 1; ; again += 1) {\n  try {\n${inner}\n    return;\n  } catch (problem) {\n    if (again === ${times}) throw problem;\n  }\n}`;
}

/** Ten times what stood there, or a sleep where there was none. */
function longerSleep(lines: readonly string[], at: number, python: boolean): string {
  const line = lines[at] as string;
  const longer = line.replace(
    /(setTimeout\(\w+, |\bpause\(|\bsettle\(|\bnap\(|\blater\(|time\.sleep\()([\d.]+)/,
    (_, call: string, ms: string) => `${call}${Number(ms) * 10}`,
  );
  if (longer !== line) return lines.with(at, longer).join('\n');
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  return lines
    .toSpliced(at, 0, python ? `${indent}time.sleep(0.5)` : `${indent}await new Promise((resolve) => setTimeout(resolve, 500));`)
    .join('\n');
}
