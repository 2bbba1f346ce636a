/** A word that more tests than this share says nothing of any two of them. */
const COMMON = 8;
/** Tests of one group run next to each other, each before and after each other one: more would be far apart again. */
const LARGEST_GROUP = 4;
/** Of one text; a test is no longer than that. */
const MOST_WORDS = 4_000;

/** Whole literals first (a path, a file's name, an address), then words and numbers. */
const LITERAL = /(["'`])((?:(?!\1)[^\\\n]|\\.){3,120})\1/g;
const WORD = /[A-Za-z_][\w-]{2,}|\d{2,}/g;

/**
 * Groups of tests that are likeliest to share something: their texts share words that hardly any other text has. What one test leaves
 * behind often lasts no longer than a moment, and two tests meet only when they run next to each other; so those that may share it
 * should. Tests that share nothing rare stand alone.
 */
export function affinityGroups(texts: ReadonlyMap<string, string>): string[][] {
  const users = new Map<string, string[]>();
  for (const [id, text] of texts) for (const word of wordsOf(text)) users.set(word, [...(users.get(word) ?? []), id]);
  const scores = new Map<string, { readonly a: string; readonly b: string; score: number }>();
  for (const ids of users.values()) {
    if (ids.length < 2 || ids.length > COMMON) continue;
    // As informative as the word is rare: the square of its inverse document frequency (K. Spärck Jones 1972).
    const weight = Math.log(Math.max(2, texts.size) / ids.length) ** 2 / ids.length;
    for (const [i, a] of ids.entries()) {
      for (const b of ids.slice(i + 1)) {
        const key = `${a}\n${b}`;
        const pair = scores.get(key) ?? { a, b, score: 0 };
        pair.score += weight;
        scores.set(key, pair);
      }
    }
  }
  const groupOf = new Map([...texts.keys()].map((id) => [id, [id]]));
  for (const { a, b } of [...scores.values()].sort((x, y) => y.score - x.score)) {
    const [one, other] = [groupOf.get(a), groupOf.get(b)];
    if (!one || !other || one === other || one.length + other.length > LARGEST_GROUP) continue;
    one.push(...other);
    for (const id of other) groupOf.set(id, one);
  }
  return [...new Set(groupOf.values())];
}

function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  for (const [, , literal] of text.matchAll(LITERAL))
    for (const part of partsOf(literal ?? '')) if (words.size < MOST_WORDS) words.add(part);
  for (const [word] of text.matchAll(WORD)) if (words.size < MOST_WORDS) words.add(word);
  return words;
}

/** A literal without what is put into it; of a path also whatever it lies below: `/shops/7/notes/2` is about `/shops/7`. */
function partsOf(literal: string): string[] {
  return literal.split(/\$\{[^}]*\}?/).flatMap((part) => {
    if (!part.startsWith('/')) return part.length > 3 ? [part] : [];
    const segments = part.split('/').slice(1);
    return segments.slice(1).map((_, i) => `/${segments.slice(0, i + 2).join('/')}`);
  });
}
