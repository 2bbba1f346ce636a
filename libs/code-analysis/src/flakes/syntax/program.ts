/**
 * What rules about flakiness need of a source file, the same for TypeScript, JavaScript and Python: calls, names, bindings and control flow.
 * Types, comments and layout are gone. `at` is a place in the file that `Program.lineOf` turns into a line.
 */
export interface Program {
  /** Project-relative. */
  readonly path: string;
  readonly language: 'js' | 'py';
  readonly imports: readonly Import[];
  readonly body: readonly Statement[];
  /** Names that other files can import: exported name -> local name. Python exports whatever it binds. */
  readonly exports: ReadonlyMap<string, string>;
  /** Specifiers of which everything is exported again. */
  readonly exportsAll: readonly string[];
  /** Every name and member that the file writes down: what it cannot mention it cannot use. */
  readonly mentions: ReadonlySet<string>;
  lineOf(at: number): number;
}

export interface Import {
  readonly from: string;
  /** `*` is the module itself, `default` its default export. */
  readonly name: string;
  readonly local: string;
}

export interface FunctionSyntax {
  readonly at: number;
  readonly name?: string;
  readonly params: readonly Expression[];
  readonly body: readonly Statement[];
  readonly isAsync: boolean;
  readonly decorators: readonly Expression[];
}

export type Expression =
  | { readonly k: 'literal'; readonly at: number; readonly value: string | number | boolean | null | undefined }
  /** Text put together from parts. */
  | { readonly k: 'text'; readonly at: number; readonly parts: readonly Expression[] }
  | { readonly k: 'name'; readonly at: number; readonly name: string }
  /** `key`: written as an index, `a['b']`. */
  | { readonly k: 'member'; readonly at: number; readonly of: Expression; readonly name: string; readonly key?: boolean }
  | { readonly k: 'index'; readonly at: number; readonly of: Expression; readonly index: Expression }
  | {
      readonly k: 'call';
      readonly at: number;
      readonly callee: Expression;
      readonly args: readonly Expression[];
      /** Python's keyword arguments. */
      readonly named?: readonly (readonly [string, Expression])[];
      readonly isNew?: boolean;
    }
  | { readonly k: 'list'; readonly at: number; readonly items: readonly Expression[]; readonly isSet?: boolean }
  /** A key that is not written down is ''. A spread has no key. */
  | { readonly k: 'map'; readonly at: number; readonly entries: readonly (readonly [string | null, Expression])[] }
  | { readonly k: 'function'; readonly at: number; readonly fn: FunctionSyntax }
  | { readonly k: 'operation'; readonly at: number; readonly operator: string; readonly operands: readonly Expression[] }
  | { readonly k: 'await'; readonly at: number; readonly of: Expression }
  | { readonly k: 'assign'; readonly at: number; readonly operator: string; readonly target: Expression; readonly value: Expression }
  | { readonly k: 'spread'; readonly at: number; readonly of: Expression }
  /** A pattern with the value for when there is none. */
  | { readonly k: 'default'; readonly at: number; readonly target: Expression; readonly value: Expression };

export type Statement =
  | { readonly k: 'bind'; readonly at: number; readonly target: Expression; readonly value?: Expression; readonly constant: boolean }
  | { readonly k: 'expression'; readonly at: number; readonly value: Expression }
  | {
      readonly k: 'if';
      readonly at: number;
      readonly test: Expression;
      readonly yes: readonly Statement[];
      readonly no: readonly Statement[];
    }
  /** `each`: bound to the items of `over`; without it a loop that runs while `test` holds. */
  | {
      readonly k: 'loop';
      readonly at: number;
      readonly before: readonly Statement[];
      readonly each?: Expression;
      readonly over?: Expression;
      readonly test?: Expression;
      readonly body: readonly Statement[];
    }
  | {
      readonly k: 'try';
      readonly at: number;
      readonly body: readonly Statement[];
      readonly handlers: readonly Statement[];
      readonly hasHandler: boolean;
      readonly last: readonly Statement[];
    }
  | {
      readonly k: 'with';
      readonly at: number;
      readonly items: readonly (readonly [Expression, Expression | null])[];
      readonly body: readonly Statement[];
    }
  | { readonly k: 'return' | 'throw'; readonly at: number; readonly value?: Expression }
  | { readonly k: 'leave'; readonly at: number }
  | { readonly k: 'block'; readonly at: number; readonly body: readonly Statement[] }
  | { readonly k: 'assert'; readonly at: number; readonly test: Expression }
  | { readonly k: 'outer'; readonly at: number; readonly names: readonly string[] }
  | {
      readonly k: 'class';
      readonly at: number;
      readonly name: string;
      readonly bases: readonly Expression[];
      readonly methods: readonly FunctionSyntax[];
      readonly body: readonly Statement[];
      readonly decorators: readonly Expression[];
    };

const SHOWN = 60;

/** An expression as a message shows it. */
export function shownCode(expression: Expression): string {
  const text = code(expression, 0).replaceAll(/\s+/g, ' ');
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 3)}...` : text;
}

function code(e: Expression, depth: number): string {
  if (depth > 6) return '...';
  const inner = (each: Expression): string => code(each, depth + 1);
  switch (e.k) {
    case 'literal':
      return typeof e.value === 'string' ? `'${e.value}'` : String(e.value);
    case 'text':
      return `\`${e.parts.map((part) => (part.k === 'literal' ? String(part.value) : `\${${inner(part)}}`)).join('')}\``;
    case 'name':
      return e.name;
    case 'member':
      return `${inner(e.of)}.${e.name}`;
    case 'index':
      return `${inner(e.of)}[${inner(e.index)}]`;
    case 'call': {
      const named = (e.named ?? []).map(([name, value]) => `${name}=${inner(value)}`);
      return `${e.isNew ? 'new ' : ''}${inner(e.callee)}(${[...e.args.map(inner), ...named].join(', ')})`;
    }
    case 'list':
      return `[${e.items.map(inner).join(', ')}]`;
    case 'map':
      return e.entries.length === 0
        ? '{}'
        : `{ ${e.entries.map(([key, value]) => (key === null ? `...${inner(value)}` : key)).join(', ')} }`;
    case 'function':
      return '() => ...';
    case 'operation': {
      const [left, right, third] = e.operands;
      if (e.operator === '?:' && left && right && third) return `${inner(left)} ? ${inner(right)} : ${inner(third)}`;
      if (left && right) return `${inner(left)} ${e.operator} ${inner(right)}`;
      return left ? `${e.operator}${/\w$/.test(e.operator) ? ' ' : ''}${inner(left)}` : '...';
    }
    case 'await':
      return `await ${inner(e.of)}`;
    case 'assign':
      return `${inner(e.target)} ${e.operator} ${inner(e.value)}`;
    case 'spread':
      return `...${inner(e.of)}`;
    case 'default':
      return inner(e.target);
  }
}

/** Visits an expression and those in it, functions' bodies included, parents first; `false` keeps out. */
export function visitExpressions(statements: readonly Statement[], visit: (e: Expression) => boolean | void): void {
  const pending: (Expression | Statement)[] = [...statements].reverse();
  const add = (nodes: readonly (Expression | Statement | null | undefined)[]): void => {
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i];
      if (node) pending.push(node);
    }
  };
  for (let node = pending.pop(); node; node = pending.pop()) {
    switch (node.k) {
      case 'bind':
        add([node.target, node.value]);
        continue;
      case 'expression':
        add([node.value]);
        continue;
      case 'if':
        add([node.test, ...node.yes, ...node.no]);
        continue;
      case 'loop':
        add([...node.before, node.each, node.over, node.test, ...node.body]);
        continue;
      case 'try':
        add([...node.body, ...node.handlers, ...node.last]);
        continue;
      case 'with':
        add([...node.items.flat(), ...node.body]);
        continue;
      case 'return':
      case 'throw':
        add([node.value]);
        continue;
      case 'block':
        add(node.body);
        continue;
      case 'assert':
        add([node.test]);
        continue;
      case 'class':
        add([
          ...node.decorators,
          ...node.methods.flatMap((method) => [...method.decorators, ...method.params, ...method.body]),
          ...node.body,
        ]);
        continue;
      case 'leave':
      case 'outer':
        continue;
      default:
        if (visit(node) !== false) add(childrenOf(node));
    }
  }
}

function childrenOf(e: Expression): readonly (Expression | Statement)[] {
  switch (e.k) {
    case 'text':
      return e.parts;
    case 'member':
    case 'await':
    case 'spread':
      return [e.of];
    case 'index':
      return [e.of, e.index];
    case 'call':
      return [e.callee, ...e.args, ...(e.named ?? []).map(([, value]) => value)];
    case 'list':
      return e.items;
    case 'map':
      return e.entries.map(([, value]) => value);
    case 'function':
      return [...e.fn.decorators, ...e.fn.params, ...e.fn.body];
    case 'operation':
      return e.operands;
    case 'assign':
    case 'default':
      return [e.target, e.value];
    default:
      return [];
  }
}
