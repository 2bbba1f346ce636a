import type { Random } from '../random';

export type Language = 'ts' | 'js' | 'mjs' | 'py';

/** A module in one language of syntax, before the way it is exported is chosen. JavaScript's is written with ESM in mind and made CommonJS where wanted. */
export interface ModuleParts {
  /** Module -> names, `* as x` or a default name in `default x`. `@testimony/page` stands for itself. */
  readonly imports?: Readonly<Record<string, readonly string[]>>;
  /** Between imports and `run`. */
  readonly prelude?: string;
  /** Literal meta, without `description`. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** What `run` does. Lines end in `//@flaw` or `//@assert` where the truth needs them; the marks never reach the file. In Python `#@...`. */
  readonly body: string;
  /** `async def run` in Python; always in JavaScript. */
  readonly async?: true;
}

export interface WrittenModule {
  readonly text: string;
  /** Of the marks `flaw` and `assert`, 1-based. */
  readonly lines: Readonly<Record<'flaw' | 'assert', readonly number[]>>;
}

/** Ways to say the same in JavaScript. */
export interface Style {
  readonly commonJs: boolean;
  readonly exportAs: 'function' | 'const' | 'default';
  readonly quote: "'" | '"';
  readonly semicolons: boolean;
  readonly describe: boolean;
}

export function chooseStyle(language: Language, random: Random): Style {
  return {
    commonJs: language === 'js' && random.next() < 0.6,
    exportAs: random.pick(['function', 'function', 'const', 'default'] as const),
    quote: random.next() < 0.8 ? "'" : '"',
    semicolons: random.next() < 0.85,
    describe: random.next() < 0.6,
  };
}

export function writeModule(parts: ModuleParts, language: Language, style: Style, description: string): WrittenModule {
  return withoutMarks(language === 'py' ? python(parts, style, description) : script(parts, language, style, description));
}

/** The same marks are taken off the text of a helper file. */
export function withoutMarks(marked: string): WrittenModule {
  const lines: Record<'flaw' | 'assert', number[]> = { flaw: [], assert: [] };
  const text = marked
    .split('\n')
    .map((line, index) => {
      for (const mark of ['flaw', 'assert'] as const) if (line.includes(`@${mark}`)) lines[mark].push(index + 1);
      return line.replace(/\s*(?:\/\/|#)@(?:flaw|assert).*$/, '');
    })
    .join('\n');
  return { text, lines };
}

function script(parts: ModuleParts, language: Language, style: Style, description: string): string {
  const typed = language === 'ts';
  const imports = Object.entries({ ...(typed && !style.commonJs ? { '@testimony/page': ['type Page'] } : {}), ...parts.imports }).map(
    ([from, names]) =>
      importLine(
        from,
        from === '@testimony/page' && typed ? [...names, ...(names.includes('type Page') ? [] : ['type Page'])] : names,
        style.commonJs,
      ),
  );
  const meta = { ...(style.describe ? { description } : {}), ...parts.meta };
  const metaText = Object.keys(meta).length > 0 ? `${literal(meta)}` : '';
  const page = typed ? 'page: Page' : 'page';
  const result = typed ? ': Promise<void>' : '';
  const body = indented(typed ? parts.body.replaceAll('.json()', '.json<any>()') : parts.body, 2);
  const prelude = typed && parts.prelude ? typedPrelude(parts.prelude) : parts.prelude;
  const run = style.commonJs
    ? `${metaText ? `exports.meta = ${metaText};\n\n` : ''}exports.run = async function run(page) {\n${body}\n};\n`
    : style.exportAs === 'const'
      ? `${metaText ? `export const meta = ${metaText};\n\n` : ''}export const run = async (${page})${result} => {\n${body}\n};\n`
      : style.exportAs === 'default'
        ? `${metaText ? `export const meta = ${metaText};\n\n` : ''}export default async function run(${page})${result} {\n${body}\n}\n`
        : `${metaText ? `export const meta = ${metaText};\n\n` : ''}export async function run(${page})${result} {\n${body}\n}\n`;
  let text = [imports.join('\n'), prelude?.trimEnd(), run].filter((part) => part !== undefined && part !== '').join('\n\n');
  if (style.quote === '"') text = text.replaceAll(/'([^'"\\\n]*)'/g, '"$1"');
  // A line that could be read as the continuation of the one before keeps its semicolon.
  if (!style.semicolons) text = text.replaceAll(/;(?=[ \t]*(?:\/\/@\w+)?[ \t]*\n(?![ \t]*[[(`+\-/]))/g, '');
  return text;
}

/** Parameters of helpers get types as careful authors write them. */
function typedPrelude(prelude: string): string {
  return prelude
    .replaceAll(/\((page)(?=[,)])/g, '($1: Page')
    .replaceAll(/\((ms|n|count|size)\)(?= =>| \{)/g, '($1: number)')
    .replaceAll('.json()', '.json<any>()');
}

export function importLine(from: string, names: readonly string[], commonJs: boolean): string {
  const whole = names.find((name) => name.startsWith('* as ') || name.startsWith('default '));
  if (whole) {
    const name = whole.replace(/^(\* as|default) /, '');
    return commonJs ? `const ${name} = require('${from}');` : `import ${whole.replace(/^default /, '')} from '${from}';`;
  }
  if (commonJs) return `const { ${names.join(', ').replaceAll(' as ', ': ')} } = require('${from}');`;
  if (names.length > 0 && names.every((name) => name.startsWith('type ')))
    return `import type { ${names.map((n) => n.slice(5)).join(', ')} } from '${from}';`;
  return `import { ${names.join(', ')} } from '${from}';`;
}

function python(parts: ModuleParts, style: Style, description: string): string {
  const imports = Object.entries(parts.imports ?? {}).map(([from, names]) =>
    names.length === 0 ? `import ${from}` : `from ${from} import ${names.join(', ')}`,
  );
  const meta = parts.meta ? `META = ${pyLiteral(parts.meta)}\n` : '';
  const head = [style.describe ? `"""${description}."""` : '', imports.join('\n'), meta.trimEnd()]
    .filter((part) => part !== '')
    .join('\n\n');
  const run = `${parts.async ? 'async ' : ''}def run(page):\n${indented(parts.body, 4)}\n`;
  return [head, parts.prelude?.trimEnd(), run].filter((part) => part !== undefined && part !== '').join('\n\n\n');
}

function indented(text: string, by: number): string {
  return text
    .trim()
    .split('\n')
    .map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`))
    .join('\n');
}

/** A value as JavaScript source; `{{name}}` in a text that is nothing else stands for a variable. */
export function literal(value: unknown): string {
  if (typeof value === 'string') {
    const variable = /^\{\{(.+)\}\}$/.exec(value);
    return variable ? (variable[1] as string) : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  }
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, v]) => (v === `{{${key}}}` ? key : `${/^[a-z_]\w*$/i.test(key) ? key : `'${key}'`}: ${literal(v)}`))
      .join(', ')} }`;
  return JSON.stringify(value);
}

export function pyLiteral(value: unknown): string {
  if (typeof value === 'string') {
    const variable = /^\{\{(.+)\}\}$/.exec(value);
    return variable ? (variable[1] as string) : JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(pyLiteral).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, v]) => `${JSON.stringify(key)}: ${pyLiteral(v)}`)
      .join(', ')}}`;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}
