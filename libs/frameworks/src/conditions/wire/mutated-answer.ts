import { isUtf8 } from 'node:buffer';
import type { Mutation } from '@testimony/contracts';
import { jsonTree, type JsonNode } from './json-tree';

/** An answer of the system as far as a mutation can change it. */
export interface WireAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Decoded; undefined for one that is too large or cannot be decoded. */
  readonly body: Buffer | undefined;
  /** False for answers that have none by rule: to HEAD, and 204 and 304. */
  readonly mayHaveBody: boolean;
}

interface Edit {
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

const ERROR_DOCUMENT = '{"error":{"code":"internal_error","message":"The operation could not be completed"}}';
/** The date of an ISO 8601 text, with or without a time after it. */
const ISO_DATE = /^(\d{4}-\d{2}-\d{2})(?=$|[T ])/;
const DAY_MS = 86_400_000;

/** Edits of a JSON text rather than of parsed values: all else stays as it was sent, large numbers and the order of keys too. */
function edited(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.at - a.at)
    .reduce((rest, { at, length, text: inserted }) => rest.slice(0, at) + inserted + rest.slice(at + length), text);
}

/** RFC 6901. The last of several equal names counts, as for whoever parses the text. */
function nodeAt(root: JsonNode, pointer: string): JsonNode | undefined {
  if (pointer === '') return root;
  if (!pointer.startsWith('/')) return undefined;
  let at: JsonNode | undefined = root;
  for (const token of pointer.slice(1).split('/')) {
    const step = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (at.type === 'object') at = at.children.findLast(({ name }) => name === step);
    else at = at.type === 'array' && /^(?:0|[1-9]\d*)$/.test(step) ? at.children[Number(step)] : undefined;
    if (!at) return undefined;
  }
  return at;
}

function firstLeaf(node: JsonNode, fits: (leaf: JsonNode) => boolean = () => true): JsonNode | undefined {
  if (node.type !== 'object' && node.type !== 'array') return fits(node) ? node : undefined;
  for (const child of node.children) {
    const found = firstLeaf(child, fits);
    if (found) return found;
  }
  return undefined;
}

function replacement({ start, end }: JsonNode, text: string): Edit {
  return { at: start, length: end - start, text };
}

/** Takes a member of an object or an element of an array out, with the comma that belongs to it. */
function removal(node: JsonNode): Edit | undefined {
  const siblings = node.parent?.children;
  if (!siblings) return undefined;
  const startOf = ({ nameStart, start }: JsonNode): number => nameStart ?? start;
  const index = siblings.indexOf(node);
  const before = siblings[index - 1];
  const after = siblings[index + 1];
  const at = before ? before.end : startOf(node);
  const end = before || !after ? node.end : startOf(after);
  return { at, length: end - at, text: '' };
}

/** Another text of the same kind: as long, letters for letters, digits for digits; a date one day later; a number in hexadecimal stays one. */
export function alteredText(text: string): string {
  const date = ISO_DATE.exec(text)?.[1];
  const day = date === undefined ? NaN : Date.parse(date);
  if (date !== undefined && !Number.isNaN(day)) return new Date(day + DAY_MS).toISOString().slice(0, 10) + text.slice(date.length);
  const hexadecimal = /^[0-9a-f-]+$/i.test(text) && /\d/.test(text);
  const turned = text.replace(/[a-z0-9]/gi, (letter) => {
    if (/\d/.test(letter)) return String((Number(letter) + 1) % 10);
    const first = letter < 'a' ? 65 : 97;
    return String.fromCharCode(first + ((letter.charCodeAt(0) - first + 1) % (hexadecimal ? 6 : 26)));
  });
  return turned === text ? `${text}x` : turned;
}

function alteredNumber(text: string): string | undefined {
  if (/^-?\d+$/.test(text)) return String(BigInt(text) + 1n);
  const more = Number(text) + 1;
  return Number.isFinite(more) && more !== Number(text) ? String(more) : undefined;
}

function alteredLeaf({ type, start, end }: JsonNode, text: string): string | undefined {
  const said = text.slice(start, end);
  if (type === 'string') return JSON.stringify(alteredText(JSON.parse(said) as string));
  if (type === 'boolean') return String(said !== 'true');
  return type === 'null' ? '"x"' : alteredNumber(said);
}

/** The outermost arrays that hold something. */
function fullArrays(node: JsonNode): JsonNode[] {
  if (node.type === 'array') return node.children.length > 0 ? [node] : [];
  return node.children.flatMap(fullArrays);
}

function editsOf({ kind, field }: Mutation, root: JsonNode, text: string): (Edit | undefined)[] {
  const target = field === undefined ? root : nodeAt(root, field);
  if (!target) return [];
  if (kind === 'missing_field') {
    const member = field === undefined ? firstLeaf(root, ({ name }) => name !== undefined) : target;
    return member ? [removal(member)] : [];
  }
  if (kind === 'wrong_value') {
    const leaf = firstLeaf(target);
    const altered = leaf && alteredLeaf(leaf, text);
    return altered === undefined || !leaf ? [] : [replacement(leaf, altered)];
  }
  return kind === 'empty_list' ? fullArrays(target).map((array) => replacement(array, '[]')) : [];
}

/** One field as it stood in an older answer: its old value, or left out where the old answer had none. */
function staleField(pointer: string, root: JsonNode, older: WireAnswer): Edit | undefined {
  const target = nodeAt(root, pointer);
  const olderText = older.body?.toString('utf8') ?? '';
  const olderRoot = jsonTree(olderText);
  if (!target || !olderRoot) return undefined;
  const source = nodeAt(olderRoot, pointer);
  return source ? replacement(target, olderText.slice(source.start, source.end)) : removal(target);
}

/** A text that is no JSON and no bytes either. */
function isPlainText(contentType: string | undefined): boolean {
  return /^(?:text\/|application\/(?:xml|[\w.+-]*\+xml))/i.test(contentType ?? '');
}

function changedText(text: string, { contentType }: WireAnswer, mutation: Mutation, older: WireAnswer | undefined): string | undefined {
  const root = jsonTree(text);
  if (!root) {
    const altered = mutation.kind === 'wrong_value' && mutation.field === undefined && text !== '' && isPlainText(contentType);
    return altered ? alteredText(text) : undefined;
  }
  const stale =
    mutation.kind === 'stale_value' && mutation.field !== undefined && older ? staleField(mutation.field, root, older) : undefined;
  const edits = [...editsOf(mutation, root, text), stale].filter((edit) => edit !== undefined);
  return edits.length === 0 ? undefined : edited(text, edits);
}

/** The answer with the fault in it; undefined where the fault makes no difference. `older` is what a stale answer goes back to. */
export function mutatedAnswer(answer: WireAnswer, mutation: Mutation, older?: WireAnswer): WireAnswer | undefined {
  const { status, body } = answer;
  if (mutation.kind === 'status') return { ...answer, status: status >= 200 && status < 300 ? 500 : 200 };
  if (body === undefined) return undefined;
  if (mutation.kind === 'stale_value' && mutation.field === undefined) {
    if (older?.body === undefined || (older.status === status && older.body.equals(body))) return undefined;
    return { ...older, mayHaveBody: answer.mayHaveBody || older.mayHaveBody };
  }
  if (!answer.mayHaveBody) return undefined;
  if (mutation.kind === 'error_body') return { ...answer, contentType: 'application/json', body: Buffer.from(ERROR_DOCUMENT) };
  const text = isUtf8(body) ? body.toString('utf8') : '';
  const changed = changedText(text, answer, mutation, older);
  return changed === undefined || changed === text ? undefined : { ...answer, body: Buffer.from(changed) };
}
