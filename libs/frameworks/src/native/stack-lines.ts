import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ModuleCompiler } from './compile';

/** One or more places in a frame as V8 prints it. */
const PLACE = /(file:\/\/[^\s()]+?|\/[^\s()]+?):(\d+):(\d+)/g;

/**
 * Makes stacks of compiled modules show the author's lines. Done when a stack is read and not through Node's own source-map support:
 * that one parses every map when its module is loaded, and nearly all tests pass without ever reading a stack.
 */
export function mapStackLines(compiler: ModuleCompiler): void {
  const maps = new Map<string, SourceMap | undefined>();
  const mapFor = (path: string): SourceMap | undefined => {
    if (!maps.has(path)) {
      const text = compiler.mapOf(path);
      maps.set(path, text === undefined ? undefined : new SourceMap(JSON.parse(text) as ConstructorParameters<typeof SourceMap>[0]));
    }
    return maps.get(path);
  };
  const mapped = (frame: string): string =>
    frame.replace(PLACE, (whole, file: string, line: string, column: string) => {
      const bare = file.split('?')[0] ?? file;
      const path = bare.startsWith('file://') ? fileURLToPath(bare) : bare;
      const map = mapFor(path);
      if (!map) return bare === file ? whole : `${bare}:${line}:${column}`;
      const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
      return 'originalLine' in entry ? `${bare}:${entry.originalLine + 1}:${entry.originalColumn + 1}` : `${bare}:${line}:${column}`;
    });
  Error.prepareStackTrace = (error, frames) => {
    let head: string;
    try {
      head = Error.prototype.toString.call(error);
    } catch {
      head = 'Error';
    }
    return [head, ...frames.map((frame: { toString: () => string }) => `    at ${mapped(frame.toString())}`)].join('\n');
  };
}
