import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type * as Swc from '@swc/core';
import { syntaxProblem } from './syntax-problem';

/** Raised whenever the output below changes for the same input. */
const REVISION = '1';

interface Compiled {
  readonly format: 'module' | 'commonjs';
  readonly code: string;
}

/** Written before the code of a cached file: one letter for the format. */
const LETTER = { module: 'm', commonjs: 'c' } as const;

const ESM_SYNTAX =
  /^[ \t]*(?:import\s*(?:[\w${*"']|type\b)|export\s*(?:[{*]|default\b|const\b|let\b|var\b|async\b|function\b|class\b|abstract\b|enum\b|namespace\b|declare\b|type\b|interface\b|import\b|@))|\bimport\.meta\b|^(?:await|for await)\b/m;
const CJS_ONLY_SYNTAX = /^[ \t]*(?:export\s*=|import\s+\w+\s*=\s*require\s*\()/m;

/** Code is a module when its syntax is, as Node decides for JavaScript; the extension has the last word. */
export function formatOf(path: string, source: string): Compiled['format'] {
  const extension = extname(path);
  if (extension === '.mts') return 'module';
  if (extension === '.cts' || CJS_ONLY_SYNTAX.test(source)) return 'commonjs';
  return ESM_SYNTAX.test(source) ? 'module' : 'commonjs';
}

/** What CommonJS offers and modules do not: much TypeScript is written for compilers that mix both. Stays on one line, so that line numbers hold. */
function commonJsNames(code: string): string {
  const names = ['require', '__filename', '__dirname'].filter(
    (name) =>
      new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`(?:const|let|var|function|import)\\s+(?:\\{[^}]*)?\\b${name}\\b`).test(code),
  );
  const values: Record<string, string> = {
    require: `process.getBuiltinModule('node:module').createRequire(import.meta.url)`,
    __filename: 'import.meta.filename',
    __dirname: 'import.meta.dirname',
  };
  return names.map((name) => `const ${name} = ${values[name] ?? ''};`).join('');
}

function compile(path: string, source: string, format: Compiled['format']): { code: string; map: string } {
  const swc = require('@swc/core') as typeof Swc;
  const extension = extname(path);
  const react = extension === '.tsx' || extension === '.jsx';
  const options: Swc.Options = {
    swcrc: false,
    configFile: false,
    filename: path,
    sourceMaps: true,
    inlineSourcesContent: false,
    isModule: true,
    jsc: {
      target: 'es2024',
      keepClassNames: true,
      parser: { syntax: 'typescript', tsx: react, decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true, react: { runtime: 'automatic' } },
    },
    module: format === 'module' ? { type: 'nodenext' } : { type: 'commonjs', ignoreDynamic: true },
  };
  let result: Swc.Output;
  try {
    result = swc.transformSync(source, options);
  } catch (error) {
    const { line = 1, message } = syntaxProblem(error);
    const thrown = new SyntaxError(`${basename(path)}:${line} ${message}`);
    // As if the file itself had thrown it, so that reports show its place.
    thrown.stack = `SyntaxError: ${thrown.message}\n    at ${path}:${line}:1`;
    throw thrown;
  }
  return { code: result.code, map: result.map ?? '' };
}

/** Compiled TypeScript of one project, kept on disk by content, so that a warm run never loads the compiler. */
export interface ModuleCompiler {
  compiled(path: string, source: string): Compiled;
  /** The source map of what `compiled` gave for this file in this process. */
  mapOf(path: string): string | undefined;
}

export function moduleCompiler(cacheDir: string, swcVersion: string): ModuleCompiler {
  const salt = `${REVISION} ${swcVersion} ${process.versions.node}`;
  const files = new Map<string, string>();
  const maps = new Map<string, string>();
  const keep = (file: string, text: string): void => {
    // Other hosts write the same file at the same time: a rename shows them all of it or nothing.
    const partial = `${file}.${process.pid}`;
    writeFileSync(partial, text);
    renameSync(partial, file);
  };
  return {
    compiled(path, source) {
      const file = `${cacheDir}/${hash('sha1', `${salt}\n${extname(path)}\n${source}`)}.js`;
      files.set(path, file);
      try {
        const kept = readFileSync(file, 'utf8');
        return { format: kept.startsWith(LETTER.module) ? 'module' : 'commonjs', code: kept.slice(1) };
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
      }
      const format = formatOf(path, source);
      const { code, map } = compile(path, source, format);
      const whole = format === 'module' ? commonJsNames(code) + code : code;
      maps.set(path, map);
      try {
        mkdirSync(cacheDir, { recursive: true });
        keep(`${file}.map`, map);
        keep(file, LETTER[format] + whole);
      } catch {
        // A full or read-only disk costs the next process a compilation, and this test nothing.
      }
      return { format, code: whole };
    },
    mapOf(path) {
      const file = files.get(path);
      const own = maps.get(path);
      if (own !== undefined || file === undefined) return own;
      try {
        return readFileSync(`${file}.map`, 'utf8');
      } catch {
        // The cache may be emptied while tests run; the stack then shows compiled lines.
        return undefined;
      }
    },
  };
}
