import type { Dto, Endpoint } from '@testimony/contracts';
import { readExpress } from '../express/read-express';
import { readNest } from '../nest/read-nest';
import { openModules } from '../syntax/open-modules';
import type { ModuleSyntax } from '../syntax/module-syntax';
import { isSource, type SourceFile } from '../tree/source-files';
import { readSettings } from './read-settings';

export interface SourceReading {
  readonly endpoints: Endpoint[];
  readonly dtos: Dto[];
  readonly ports: number[];
  readonly variables: string[];
  readonly problems: string[];
}

/** Words without which a file has nothing to say here. Files that these ones import are parsed as needed. */
const NEST_WORDS = [
  '@Controller',
  'setGlobalPrefix',
  'enableVersioning',
  'APP_GUARD',
  'useGlobalGuards',
  'RouterModule',
  'class-validator',
  '@ApiProperty',
];
const EXPRESS_WORDS = ['Router', 'express', '.use(', '.route(', '.get(', '.post(', '.put(', '.patch(', '.delete(', '.all('];
const SETTING_WORDS = ['process.env', '.listen(', 'PORT'];

/** Reads a service's TypeScript and JavaScript. This module loads the TypeScript compiler: it is required only when there is something to parse. */
export function readSource(files: readonly SourceFile[], root: string, framework: string): SourceReading {
  const problems: string[] = [];
  const sources = files.filter(({ path }) => isSource(path));
  const modules = openModules(sources, root, problems);
  const having = (words: readonly string[]): ModuleSyntax[] =>
    sources.filter(({ text }) => words.some((word) => text.includes(word))).flatMap(({ path }) => modules.get(path) ?? []);
  const nothing = { endpoints: [], dtos: [] };
  const { endpoints, dtos } =
    framework === 'nestjs'
      ? readNest(having(NEST_WORDS), modules)
      : framework === 'express'
        ? readExpress(having(EXPRESS_WORDS), modules)
        : nothing;
  const { ports, variables } = readSettings(having(SETTING_WORDS), modules);
  return { endpoints, dtos, ports, variables, problems };
}
