// Lets a plain node process that a spec starts run our sources: `node -C @testimony/source --import tools/load-typescript.mjs x.ts`.
import { transformFileSync } from '@swc/core';
import Module from 'node:module';
import { resolve } from 'node:path';

const configFile = resolve(import.meta.dirname, '../.swcrc');
Module._extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, { configFile, sourceMaps: false }).code, file);
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) => {
  try {
    return resolveFilename(name, ...rest);
  } catch (error) {
    if (!name.startsWith('.')) throw error;
    try {
      return resolveFilename(`${name}.ts`, ...rest);
    } catch {
      return resolveFilename(`${name}/index.ts`, ...rest);
    }
  }
};
