import { readFileSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { formatOf, type ModuleCompiler } from './compile';

const COMPILED = new Set(['.ts', '.mts', '.cts', '.tsx', '.jsx']);
const TRIED = ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'];
/** What TypeScript lets an import write for a file that exists as source only. */
const SOURCE_OF: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
  '.jsx': ['.tsx'],
};

/** Files that are seen with another text than the disk's. */
export interface ProjectTexts {
  has(path: string): boolean;
  /** Undefined for a file that is seen as it is. */
  textOf(path: string): string | undefined;
}

type IsFile = (path: string) => boolean;

/** The file that a path without extension, with the extension of its future output, or of a folder stands for. */
function fileFor(path: string, isFile: IsFile): string | undefined {
  if (isFile(path)) return path;
  const extension = extname(path);
  for (const source of SOURCE_OF[extension] ?? []) {
    const candidate = path.slice(0, -extension.length) + source;
    if (isFile(candidate)) return candidate;
  }
  for (const tried of TRIED) if (isFile(path + tried)) return path + tried;
  for (const tried of TRIED) if (isFile(`${path}/index${tried}`)) return `${path}/index${tried}`;
  return undefined;
}

interface PathAlias {
  readonly prefix: string;
  readonly suffix: string;
  readonly wildcard: boolean;
  readonly targets: readonly string[];
}

/** `compilerOptions.paths` of the project's tsconfig.json. An unreadable one has none: the editor complains about it better than we could. */
function pathAliases(root: string): PathAlias[] {
  let options: { baseUrl?: string; paths?: Record<string, string[]> } | undefined;
  try {
    const text = readFileSync(`${root}/tsconfig.json`, 'utf8');
    const json = text.replace(/("(?:\\.|[^"\\])*")|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '$1').replace(/,(\s*[}\]])/g, '$1');
    options = (JSON.parse(json) as { compilerOptions?: typeof options }).compilerOptions;
  } catch {
    return [];
  }
  const base = resolve(root, options?.baseUrl ?? '.');
  return Object.entries(options?.paths ?? {})
    .map(([pattern, targets]) => {
      const [prefix = '', suffix] = pattern.split('*');
      return { prefix, suffix: suffix ?? '', wildcard: suffix !== undefined, targets: targets.map((target) => resolve(base, target)) };
    })
    .sort((a, b) => b.prefix.length - a.prefix.length);
}

function throughAlias(specifier: string, aliases: readonly PathAlias[], isFile: IsFile): string | undefined {
  for (const { prefix, suffix, wildcard, targets } of aliases) {
    const fits = wildcard
      ? specifier.startsWith(prefix) && specifier.endsWith(suffix) && specifier.length >= prefix.length + suffix.length
      : specifier === prefix;
    if (!fits) continue;
    const middle = wildcard ? specifier.slice(prefix.length, specifier.length - suffix.length) : '';
    for (const target of targets) {
      const file = fileFor(target.replace('*', middle), isFile);
      if (file !== undefined) return file;
    }
  }
  return undefined;
}

/** `type` of the nearest package.json. */
function packageType(folder: string): unknown {
  try {
    return (JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { type?: unknown }).type;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    const above = dirname(folder);
    return above === folder ? undefined : packageType(above);
  }
}

/** How Node would load a script whose text it does not see. */
function scriptFormat(path: string, text: string): 'module' | 'commonjs' | 'json' {
  const extension = extname(path);
  if (extension === '.json') return 'json';
  if (extension === '.mjs' || extension === '.cjs') return extension === '.mjs' ? 'module' : 'commonjs';
  const type = packageType(dirname(path));
  return type === 'module' || type === 'commonjs' ? type : formatOf(path, text);
}

/** The page's names as a module: Node cannot read them off the CommonJS that the page is built as. */
function pageModule(pageUrl: string, pageEntry: string): string {
  const names = Object.keys(require(pageEntry) as object).join(', ');
  return `import page from '${pageUrl}'; export default page; export const { ${names} } = page;`;
}

export interface ModuleLoading {
  /** Imports the file as a module that nobody has used before, with fresh instances of every project module below it. */
  importFresh(path: string): Promise<Record<string, unknown>>;
  /** Project modules that cannot be made fresh in this process (a module that CommonJS code required). */
  readonly stale: boolean;
}

/**
 * Teaches this process to load the modules of a project: `@testimony/page` is the program's own, TypeScript is compiled, imports may
 * leave out extensions, and project modules live for one test only. Packages below node_modules are loaded once a process.
 */
export function projectModules(root: string, pageEntry: string, compiler: ModuleCompiler, texts: ProjectTexts): ModuleLoading {
  let generation = 0;
  let stale = false;
  let aliases: PathAlias[] | undefined;
  const isFile: IsFile = (path) => texts.has(path) || (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
  const pageUrl = pathToFileURL(pageEntry).href;
  const pageModuleUrl = `${pageUrl}?module`;
  const own = pathToFileURL(resolve(__dirname, '..')).href;
  const ownPackages = pathToFileURL(dirname(dirname(pageEntry))).href;
  const isProject = (url: string): boolean =>
    url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(own) && !url.startsWith(ownPackages);

  registerHooks({
    resolve(specifier, context, nextResolve) {
      const asImport = Array.from(context.conditions ?? []).includes('import');
      if (specifier === '@testimony/page') {
        return asImport
          ? { url: pageModuleUrl, format: 'module', shortCircuit: true }
          : { url: pageUrl, format: 'commonjs', shortCircuit: true };
      }
      const parent = context.parentURL;
      const fromProject = parent !== undefined && isProject(parent);
      // Without a query, the answer is left to Node for what is not a project's import.
      if (!fromProject && !specifier.startsWith('file:')) return nextResolve(specifier, context);
      let url: string | undefined;
      if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..' || specifier.startsWith('file:')) {
        const base = specifier.startsWith('file:') ? specifier : new URL(specifier, parent).href;
        const file = fileFor(fileURLToPath(base), isFile);
        if (file !== undefined) url = pathToFileURL(file).href;
      } else if (!specifier.startsWith('node:')) {
        aliases ??= pathAliases(root);
        const file = throughAlias(specifier, aliases, isFile);
        if (file !== undefined) url = pathToFileURL(file).href;
      }
      const found = url === undefined ? nextResolve(specifier, context) : { url, shortCircuit: true };
      if (!asImport || !isProject(found.url)) return found;
      const json = found.url.endsWith('.json');
      return {
        ...found,
        url: `${found.url.split('?')[0] ?? ''}?t=${generation}`,
        shortCircuit: true,
        ...(json && { importAttributes: { type: 'json' } }),
      };
    },
    load(url, context, nextLoad) {
      if (!url.startsWith('file:')) return nextLoad(url, context);
      if (url === pageModuleUrl) return { format: 'module', source: pageModule(pageUrl, pageEntry), shortCircuit: true };
      const bare = url.split('?')[0] ?? url;
      const loaded = (() => {
        const isCompiled = COMPILED.has(extname(bare));
        const path = fileURLToPath(bare);
        const text = texts.textOf(path);
        if (!isCompiled && text === undefined) return nextLoad(url, context);
        if (!isCompiled && text !== undefined) return { format: scriptFormat(path, text), source: text, shortCircuit: true };
        const { format, code } = compiler.compiled(path, text ?? readFileSync(path, 'utf8'));
        return { format, source: code, shortCircuit: true };
      })();
      if (loaded.format === 'module' && bare === url && isProject(url)) stale = true;
      return loaded;
    },
  });

  return {
    get stale() {
      return stale;
    },
    importFresh(path) {
      generation += 1;
      for (const file of Object.keys(require.cache)) if (isProject(pathToFileURL(file).href)) delete require.cache[file];
      return import(`${pathToFileURL(path).href}?t=${generation}`) as Promise<Record<string, unknown>>;
    },
  };
}
