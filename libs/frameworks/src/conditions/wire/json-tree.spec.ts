import { jsonTree, type JsonNode } from './json-tree';

/** What the tree says, read from the text at its places alone. */
function read(node: JsonNode, text: string): unknown {
  if (node.type === 'array') return node.children.map((child) => read(child, text));
  if (node.type === 'object') return Object.fromEntries(node.children.map((child) => [child.name, read(child, text)]));
  return JSON.parse(text.slice(node.start, node.end));
}

it.each([
  ' { "a" : [ 1 , -2.5e+3, [ ] , {} ], "b,}" :{"c":"]\\"\\\\" , "":null},\n"t":true ,"f":false, "\\u0061\\n": "\u2028é😀" } ',
  '[]',
  '"x"',
  ' 12 ',
  '[[[[{"a":[{"b":"c"}]}]]]]',
  '{"a":1,"a":{"b":2}}',
])('knows the place of every value of %j', (text) => {
  const tree = jsonTree(text);
  expect(tree && read(tree, text)).toEqual(JSON.parse(text));
  expect(text.slice(tree?.start, tree?.end)).toBe(text.trim());
});

it.each(['', '{', '{"a":1,}', 'nope', "{'a':1}", '// x\n1'])('knows that %j is no JSON', (text) => {
  expect(jsonTree(text)).toBeUndefined();
});

it('looks into long texts, and not into bottomless ones', () => {
  const long = JSON.stringify({ text: 'x"\\'.repeat(1_000_000) });
  expect(jsonTree(long)?.children[0]?.end).toBe(long.length - 1);
  expect(jsonTree(`${'['.repeat(600)}${']'.repeat(600)}`)).toBeUndefined();
});
