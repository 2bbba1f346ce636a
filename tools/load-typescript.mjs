// Lets a plain node process that a spec starts run our sources: `node -C @testimony/source --import tools/load-typescript.mjs x.ts`.
import { transformFileSync } from '@swc/core';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const configFile = resolve(import.meta.dirname, '../.swcrc');

registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (!specifier.startsWith('.')) throw error;
      try {
        return next(`${specifier}.ts`, context);
      } catch {
        return next(`${specifier}/index.ts`, context);
      }
    }
  },
  load(url, context, next) {
    if (!url.endsWith('.ts')) return next(url, context);
    return {
      format: 'commonjs',
      source: transformFileSync(fileURLToPath(url), { configFile, sourceMaps: false }).code,
      shortCircuit: true,
    };
  },
});
