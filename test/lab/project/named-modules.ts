import type { Plan, PlannedTest } from '../plan';
import type { Random } from '../random';
import { chooseStyle, withoutMarks, writeModule, type Style, type WrittenModule } from '../tests/module-text';
import type { Vocabulary } from '../vocabulary';

/** A planned test with its place. */
export interface NamedModule {
  readonly test: PlannedTest;
  readonly id: string;
  readonly file: string;
  readonly style: Style;
  readonly description: string;
  readonly written: WrittenModule;
  /** Helpers, by path below the project. */
  readonly files: Readonly<Record<string, string>>;
  /** How names of helpers stand in this module: `_settle` -> `_settle_12`. */
  readonly helpers: Readonly<Record<string, string>>;
}

/** Gives each planned test a number, a name that tells nothing, and its text. */
export function nameModules(plan: Plan, vocabulary: Vocabulary, random: Random): NamedModule[] {
  const numbers = new Map<string, number>();
  const helpers = new Map<string, string>();
  return plan.tests.map((test) => {
    const service = test.service.name;
    const number = (numbers.get(service) ?? 0) + 1;
    numbers.set(service, number);
    const digits = plan.tests.length > 99 ? 3 : 2;
    const name = `${String(number).padStart(digits, '0')}_${test.resource.many}_${random.pick(vocabulary.topics)}`;
    const own = random.part(`style-${test.key}`);
    const folder = `services/${service}/modules`;
    const named: Record<string, string> = {};
    const files: Record<string, string> = {};
    for (const [helper, marked] of Object.entries(test.files)) {
      const { text } = withoutMarks(marked);
      let chosen = helper;
      for (let i = 2; helpers.has(`${folder}/${chosen}`) && helpers.get(`${folder}/${chosen}`) !== text; i++) chosen = `${helper}_${i}`;
      helpers.set(`${folder}/${chosen}`, text);
      named[helper] = chosen;
      files[`${folder}/${chosen}.ts`] = typedHelper(text);
    }
    const module = {
      test,
      id: `${service}/${name}`,
      file: `${folder}/${name}.${test.language}`,
      style: chooseStyle(test.language, own),
      description: `${capital(test.resource.many)}: ${random.pick(vocabulary.topics)}`,
      files,
      helpers: named,
    };
    return { ...module, written: writtenWith(module, test.parts) };
  });
}

export function writtenWith(
  module: Pick<NamedModule, 'test' | 'style' | 'description' | 'helpers'>,
  parts: PlannedTest['parts'],
): WrittenModule {
  const imports = Object.fromEntries(
    Object.entries(parts.imports ?? {}).map(([from, names]) => [
      from.startsWith('./_') && module.helpers[from.slice(2)] ? `./${module.helpers[from.slice(2)]}` : from,
      names,
    ]),
  );
  return writeModule({ ...parts, imports }, module.test.language, module.style, module.description);
}

/** Helpers are TypeScript; what they take has types. */
export function typedHelper(text: string): string {
  const types: Record<string, string> = { page: 'Page', path: 'string', text: 'string', region: 'string', ms: 'number' };
  const typed = text
    .replaceAll(
      /(function \w+)\(([^()]+)\)/g,
      (_, head: string, names: string) =>
        `${head}(${names
          .split(', ')
          .map((name) => `${name}: ${types[name] ?? 'unknown'}`)
          .join(', ')})`,
    )
    .replaceAll('.json()', '.json<any>()');
  return typed.includes(': Page') ? `import type { Page } from '@testimony/page';\n\n${typed}` : typed;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
