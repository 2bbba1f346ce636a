import type { SourceFile } from './source-files';

/** By the dependency's name; the first that is there wins, so that a framework comes before what it is built on. */
const NODE_FRAMEWORKS: readonly (readonly [dependency: string, framework: string])[] = [
  ['@nestjs/core', 'nestjs'],
  ['@nestjs/common', 'nestjs'],
  ['@loopback/rest', 'loopback'],
  ['fastify', 'fastify'],
  ['koa', 'koa'],
  ['@hapi/hapi', 'hapi'],
  ['hono', 'hono'],
  ['express', 'express'],
];
const PYTHON_FRAMEWORKS = ['fastapi', 'flask', 'django', 'starlette', 'aiohttp', 'tornado'] as const;

/** The language of most of a service's files, and the framework that its imports (or dependencies) name; `unknown` where nothing does. */
export function frameworkOf(
  files: readonly SourceFile[],
  dependencies: readonly string[],
): { readonly language: string; readonly framework: string } {
  const count = { typescript: 0, javascript: 0, python: 0 };
  for (const { path } of files) {
    if (/\.[cm]?tsx?$/.test(path)) count.typescript++;
    else if (/\.[cm]?jsx?$/.test(path)) count.javascript++;
    else if (path.endsWith('.py')) count.python++;
  }
  const language =
    count.python > count.typescript + count.javascript
      ? 'python'
      : count.typescript > 0
        ? 'typescript'
        : count.javascript > 0
          ? 'javascript'
          : 'unknown';
  if (language === 'python') {
    const listed = files.filter(({ path }) => path.endsWith('.txt') || path.endsWith('.toml')).map(({ text }) => text.toLowerCase());
    const imported = files.filter(({ path }) => path.endsWith('.py')).map(({ text }) => text);
    const framework = PYTHON_FRAMEWORKS.find(
      (name) =>
        listed.some((text) => text.includes(name)) ||
        imported.some((text) => text.includes(`import ${name}`) || text.includes(`from ${name}`)),
    );
    return { language, framework: framework ?? 'unknown' };
  }
  // Imports say it first: in a monorepo with one package.json its dependencies are those of all services.
  const named =
    NODE_FRAMEWORKS.find(([name]) => files.some(({ text }) => imports(text, name))) ??
    NODE_FRAMEWORKS.find(([name]) => dependencies.includes(name));
  return { language, framework: named?.[1] ?? 'unknown' };
}

function imports(text: string, dependency: string): boolean {
  return text.includes(`'${dependency}'`) || text.includes(`"${dependency}"`);
}
