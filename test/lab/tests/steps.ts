import type { Random } from '../random';
import { literal, pyLiteral, type Language, type ModuleParts } from './module-text';

/** Keys and indexes into an answer's body. */
type Path = readonly (string | number)[];

/** What a healthy test does, in no language. `{name}` in a path is a variable that a `take` bound. */
export type Step =
  | {
      readonly do: 'call';
      readonly as: string;
      readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
      readonly path: string;
      readonly json?: unknown;
      readonly query?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly do: 'take'; readonly as: string; readonly of: string; readonly path: Path }
  | { readonly do: 'status'; readonly of: string; readonly is: number }
  | { readonly do: 'is'; readonly of: string; readonly path: Path; readonly value: unknown }
  | { readonly do: 'count'; readonly of: string; readonly path: Path; readonly is: number }
  | { readonly do: 'text'; readonly of: string; readonly is: string }
  /** Sent at once and all awaited. */
  | {
      readonly do: 'together';
      readonly calls: readonly { readonly method: 'post' | 'get'; readonly path: string; readonly json?: unknown }[];
    };

export interface StepStyle {
  readonly asserts: 'page' | 'expect' | 'assert';
  /** How a test's own space is made: in line, by a function of the module, or by one of another file. */
  readonly space: 'inline' | 'function' | 'file';
}

export function chooseStepStyle(random: Random): StepStyle {
  return {
    asserts: random.pick(['page', 'page', 'expect', 'expect', 'assert'] as const),
    space: random.pick(['inline', 'inline', 'function', 'file'] as const),
  };
}

/** The space that a test makes for itself: `{space}` in paths. */
export interface SpaceWords {
  readonly spaces: string;
  readonly space: string;
  readonly region: string;
}

/** File that makes a space for whoever asks; next to the modules. */
export const SPACE_FILES: Readonly<Record<'js' | 'py', string>> = { js: '_own', py: '_own_py' };

export function writeSteps(steps: readonly Step[], words: SpaceWords, language: Language, style: StepStyle): ModuleParts {
  return language === 'py' ? pythonSteps(steps, words, style) : scriptSteps(steps, words, style);
}

function scriptSteps(steps: readonly Step[], { spaces, space, region }: SpaceWords, style: StepStyle): ModuleParts {
  const imports: Record<string, string[]> = {};
  const make = `(await page.post('/${spaces}', { json: { region: '${region}' } })).json().id`;
  let prelude = '';
  const lines: string[] = [];
  if (style.space === 'file') {
    imports[`./${SPACE_FILES.js}`] = [`own${space}`];
    lines.push(`const ${space} = await own${space}(page, '${region}');`);
  } else if (style.space === 'function') {
    prelude = `async function new${space}(page) {\n  return ${make};\n}`;
    lines.push(`const ${space} = await new${space}(page);`);
  } else lines.push(`const ${space} = ${make};`);
  const path = (text: string) => (/\{\w+\}/.test(text) ? `\`${text.replaceAll(/\{(\w+)\}/g, '${$1}')}\`` : `'${text}'`);
  const at = (of: string, where: Path) => `${of}.json()${where.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')}`;
  const call = (c: { method: string; path: string; json?: unknown; query?: unknown; headers?: unknown }) => {
    const options = Object.entries({ json: c.json, query: c.query, headers: c.headers }).filter(([, v]) => v !== undefined);
    return `page.${c.method}(${path(c.path)}${options.length > 0 ? `, ${literal(Object.fromEntries(options))}` : ''})`;
  };
  const equal = (actual: string, expected: string, deep: boolean) => {
    if (style.asserts === 'assert') {
      imports['node:assert/strict'] = ['default assert'];
      return `assert.${deep ? 'deepEqual' : 'equal'}(${actual}, ${expected}); //@assert`;
    }
    imports['@testimony/page'] = ['expect'];
    return `expect(${actual}).${deep ? 'toEqual' : 'toBe'}(${expected}); //@assert`;
  };
  for (const step of steps) {
    switch (step.do) {
      case 'call':
        lines.push(`const ${step.as} = await ${call(step)};`);
        break;
      case 'take':
        lines.push(`const ${step.as} = ${at(step.of, step.path)};`);
        break;
      case 'status':
        lines.push(
          style.asserts === 'page'
            ? `page.assertStatus(${step.of}, ${step.is}); //@assert`
            : equal(`${step.of}.status`, String(step.is), false),
        );
        break;
      case 'is': {
        const [key, ...rest] = step.path;
        if (style.asserts === 'page' && typeof key === 'string' && rest.length === 0)
          lines.push(`page.assertJson(${step.of}, ${literal({ [key]: step.value })}); //@assert`);
        else lines.push(equal(at(step.of, step.path), literal(step.value), typeof step.value === 'object' && step.value !== null));
        break;
      }
      case 'count':
        if (style.asserts === 'assert') lines.push(equal(`${at(step.of, step.path)}.length`, String(step.is), false));
        else {
          imports['@testimony/page'] = ['expect'];
          lines.push(`expect(${at(step.of, step.path)}).toHaveLength(${step.is}); //@assert`);
        }
        break;
      case 'text':
        lines.push(
          equal(
            `${step.of}.text()`,
            JSON.stringify(step.is).replaceAll("'", "\\'").replace(/^"|"$/g, "'").replace(/"$/, "'").replaceAll('\\"', '"'),
            false,
          ),
        );
        break;
      case 'together':
        lines.push(`await Promise.all([${step.calls.map(call).join(', ')}]);`);
        break;
    }
  }
  return { imports, prelude, body: lines.join('\n') };
}

function pythonSteps(steps: readonly Step[], { spaces, space, region }: SpaceWords, style: StepStyle): ModuleParts {
  const imports: Record<string, string[]> = {};
  const make = `page.post("/${spaces}", json={"region": "${region}"}).json()["id"]`;
  let prelude = '';
  const lines: string[] = [];
  if (style.space === 'function') {
    prelude = `def new_${space}(page):\n    return ${make}`;
    lines.push(`${space} = new_${space}(page)`);
  } else lines.push(`${space} = ${make}`);
  const path = (text: string) => (/\{\w+\}/.test(text) ? `f"${text}"` : `"${text}"`);
  const at = (of: string, where: Path) => `${of}.json()${where.map((key) => `[${JSON.stringify(key)}]`).join('')}`;
  const call = (c: { method: string; path: string; json?: unknown; query?: unknown; headers?: unknown }) => {
    const options = Object.entries({ json: c.json, query: c.query, headers: c.headers }).filter(([, v]) => v !== undefined);
    return `page.${c.method}(${[path(c.path), ...options.map(([key, v]) => `${key}=${pyLiteral(v)}`)].join(', ')})`;
  };
  const equal = (actual: string, expected: string) =>
    style.asserts === 'expect' ? `page.expect(${actual}).to_equal(${expected}) #@assert` : `assert ${actual} == ${expected} #@assert`;
  for (const step of steps) {
    switch (step.do) {
      case 'call':
        lines.push(`${step.as} = ${call(step)}`);
        break;
      case 'take':
        lines.push(`${step.as} = ${at(step.of, step.path)}`);
        break;
      case 'status':
        lines.push(
          style.asserts === 'page' ? `page.assert_status(${step.of}, ${step.is}) #@assert` : equal(`${step.of}.status`, String(step.is)),
        );
        break;
      case 'is': {
        const [key, ...rest] = step.path;
        if (style.asserts === 'page' && typeof key === 'string' && rest.length === 0)
          lines.push(`page.assert_json(${step.of}, ${pyLiteral({ [key]: step.value })}) #@assert`);
        else lines.push(equal(at(step.of, step.path), pyLiteral(step.value)));
        break;
      }
      case 'count':
        lines.push(equal(`len(${at(step.of, step.path)})`, String(step.is)));
        break;
      case 'text':
        lines.push(equal(`${step.of}.text`, JSON.stringify(step.is)));
        break;
      case 'together':
        imports['concurrent.futures'] = ['ThreadPoolExecutor'];
        lines.push(
          'with ThreadPoolExecutor() as pool:',
          `    list(pool.map(lambda send: send(), [${step.calls.map((c) => `lambda: ${call(c)}`).join(', ')}]))`,
        );
        break;
    }
  }
  return { imports, prelude, body: lines.join('\n') };
}
