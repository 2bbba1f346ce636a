/** A value in a JSON text, and where it stands there. */
export interface JsonNode {
  readonly type: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  /** Of the value; `end` is behind its last character. */
  readonly start: number;
  readonly end: number;
  readonly parent?: JsonNode;
  /** Of a member of an object: its name, and where that stands. */
  readonly name?: string;
  readonly nameStart?: number;
  /** Members or elements, in their order. */
  readonly children: readonly JsonNode[];
}

/** A text, a number or word, or a sign, behind white space. */
const TOKEN = /\s*(?:("[^"\\]*(?:\\.[^"\\]*)*")|([-\w.+]+)|([{}[\],:]))/sy;
const SCALARS: Readonly<Record<string, JsonNode['type']>> = { '"': 'string', t: 'boolean', f: 'boolean', n: 'null' };
/** Deeper documents are not looked into: nothing that a service means to be read is. */
const DEEPEST = 500;

/** The values of a JSON text with their places, which a parser of values does not keep; undefined for what is no JSON. */
export function jsonTree(text: string): JsonNode | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  // From here on the text is known to be right, so reading it needs no checks.
  const token = new RegExp(TOKEN);
  const next = (): { readonly said: string; readonly start: number; readonly end: number } => {
    const [, quoted, word, sign] = token.exec(text) ?? [];
    const said = quoted ?? word ?? sign ?? '';
    return { said, start: token.lastIndex - said.length, end: token.lastIndex };
  };
  const value = (place: Pick<JsonNode, 'parent' | 'name' | 'nameStart'>, depth: number): JsonNode | undefined => {
    const { said, start, end } = next();
    if (said !== '{' && said !== '[') return { type: SCALARS[said.charAt(0)] ?? 'number', start, end, children: [], ...place };
    if (depth === DEEPEST) return undefined;
    const children: JsonNode[] = [];
    const node = { type: said === '{' ? ('object' as const) : ('array' as const), start, end, children, ...place };
    for (;;) {
      const before = token.lastIndex;
      const first = next();
      if (first.said === '}' || first.said === ']') return Object.assign(node, { end: first.end });
      if (first.said === ',') continue;
      if (said === '[') token.lastIndex = before;
      else next();
      const named = said === '{' ? { name: JSON.parse(first.said) as string, nameStart: first.start } : {};
      const child = value({ parent: node, ...named }, depth + 1);
      if (!child) return undefined;
      children.push(child);
    }
  };
  return value({}, 0);
}
