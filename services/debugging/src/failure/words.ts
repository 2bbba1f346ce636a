/** Words that every failure has, and that every source has: they link nothing. */
const COMMON = new Set(
  `expected expect received got to be equal equals not but was were the and or of in is an at for with from that this it its as on by error assert assertion
  assertionerror failed failure message value object undefined null true false const let var function return async await import export new if else class type string number
  public private readonly static void promise any status code body response request json test data result should have has than then when throw catch try
  get post put patch delete http https localhost application self def none page service services`
    .split(/\s+/)
    .filter((word) => word !== ''),
);
const MIN_LENGTH = 3;
/** A longer word is no name but a token or a hash. */
const MAX_LENGTH = 40;
const SECRET_LIKE = /^(?=.*\d)(?=.*[a-z])[a-z0-9]{20,}$/i;

/** Names and numbers of a text, in lower case, whole and in their parts (`totalCents` is `totalcents`, `total`, `cent`), each once. */
export function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  for (const [name] of text.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*|\d{2,}/gu)) {
    if (name.length > MAX_LENGTH || SECRET_LIKE.test(name)) continue;
    const parts = name.split(/[_$]+|(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u);
    for (const part of [name.replace(/[_$]+/g, ''), ...parts]) {
      const word = singular(part.toLowerCase());
      if ((word.length >= MIN_LENGTH || /^\d{2}$/.test(word)) && !COMMON.has(word)) words.add(word);
    }
  }
  return words;
}

function singular(word: string): string {
  return word.length > MIN_LENGTH + 1 && /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}
