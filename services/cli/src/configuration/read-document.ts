import { isAlias, isMap, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair, Scalar } from 'yaml';
import { DomainError } from '@testimony/contracts';
import { plainValue, SETTING_KEYS } from './settings';
import { secretsOfHeader, secretsOfVariable } from './secrets';
import { substitute } from './variables';

/** `e2e.conf` as written, with variables put in, and the means to say where a key stands. */
export interface ConfigurationDocument {
  readonly content: unknown;
  readonly secrets: readonly string[];
  /** 1-based line of the deepest written part of a key path. */
  lineOf(path: readonly PropertyKey[]): number;
}

export interface Reading {
  /**
   * A value whose variable is unset and has no default is left out instead of refused. Not below `project`: its name says whose
   * history is shown, and another project's would be shown without a word.
   */
  readonly unsetVariablesLeftOut?: boolean;
}

/** A configuration is a page, not a database: more is a mistake in the path. */
const LONGEST_FILE = 1_000_000;

/** Throws a DomainError `configuration-invalid` for broken YAML and for variables without a value. */
export function readDocument(text: string, file: string, environment: NodeJS.ProcessEnv, reading: Reading = {}): ConfigurationDocument {
  if (text.length > LONGEST_FILE) throw invalid(`${file} is larger than 1 MB: is it the right file?`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw invalid(`${file}:${line}:${col}: this is not valid YAML: ${firstSentence(broken.message)}. Correct the line and run again.`);
  }
  const lineAt = (node: unknown): number | undefined => {
    const range = (node as Node | null)?.range;
    return range ? lines.linePos(range[0]).line : undefined;
  };
  const secrets = putVariablesIn(document, file, environment, lineAt, reading);
  if (document.contents !== null && !isMap(document.contents) && !isEmptyScalar(document.contents)) {
    throw invalid(`${file}:${lineAt(document.contents) ?? 1}: the file must hold keys and values, such as "services:".`);
  }
  const content: unknown = document.toJS({ maxAliasCount: 50 }) ?? {};
  return {
    content: reading.unsetVariablesLeftOut ? withoutLeftOut(content) : content,
    secrets,
    lineOf: (path) => {
      let line = 1;
      let node: unknown = document.contents;
      for (const key of path) {
        const pair: Pair | undefined = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
        if (!pair) break;
        line = lineAt(pair.key) ?? line;
        node = isAlias(pair.value) ? pair.value.resolve(document) : pair.value;
      }
      return line;
    },
  };
}

function putVariablesIn(
  document: Document,
  file: string,
  environment: NodeJS.ProcessEnv,
  lineAt: (node: unknown) => number | undefined,
  reading: Reading,
): string[] {
  const secrets: string[] = [];
  const problems: string[] = [];
  visit(document, {
    Scalar(role, node, ancestors) {
      if (role === 'key') return;
      const path = ancestors.filter(isPair).map((pair) => (isScalar(pair.key) ? String(pair.key.value) : '?'));
      const where = `${file}:${lineAt(node) ?? 1}: ${path.join('.') || 'the value'}`;
      const header = path.at(-2) === 'headers' ? path.at(-1) : undefined;
      if (typeof node.value === 'string') {
        const { text, used, missing, malformed } = substitute(node.value, environment);
        const leftOut = missing.length > 0 && reading.unsetVariablesLeftOut === true && path[0] !== 'project';
        for (const name of leftOut ? [] : missing) {
          problems.push(`${where} needs the variable ${name}, which is not set: export ${name}=..., or write \${${name}:-a default}.`);
        }
        for (const reference of malformed) {
          problems.push(
            `${where} holds "${reference}", which is no variable: write \${NAME} or \${NAME:-default}, and $\${ for a literal "\${".`,
          );
        }
        for (const variable of used) if (variable.fromEnvironment) secrets.push(...secretsOfVariable(variable));
        if (leftOut) {
          // Not removed here: an alias may refer to it.
          node.value = null;
          return;
        }
        if (text !== node.value) {
          node.value = node.type === 'PLAIN' && SETTING_KEYS.some((key) => key === path.at(-1)) ? plainValue(text) : text;
        }
      } else if (header !== undefined) {
        // A header's value is text: `x-version: 010` means what is written, not the number 8 or 10.
        node.value = (node as Scalar & { source?: string }).source ?? String(node.value);
      }
      if (header !== undefined) secrets.push(...secretsOfHeader(header, String(node.value)));
    },
  });
  if (problems.length > 0) throw invalid(problems.join('\n'));
  return [...new Set(secrets)];
}

/** `services.<name>.headers.<header>`. A bound is needed: aliases can make a circle. */
const DEEPEST_KEY = 4;

/** Without the keys that have no value. */
function withoutLeftOut(content: unknown, depth = 1): unknown {
  if (typeof content !== 'object' || content === null || Array.isArray(content) || depth > DEEPEST_KEY) return content;
  const kept = Object.entries(content).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, depth === 1 && key === 'project' ? value : withoutLeftOut(value, depth + 1)]));
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function firstSentence(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/[.:]\s*$/, '');
}

export function invalid(message: string): DomainError {
  return new DomainError('configuration-invalid', message);
}
