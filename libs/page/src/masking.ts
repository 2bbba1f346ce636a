/** What stands in a report for a value that must not be read there. */
export const MASK = '***';

/** Shorter values would blank out half a report ("a", "on") and protect nothing. */
const SHORTEST_SECRET = 4;

const NAMES = 'x-api-key|api[-_]?key|password|passwd|secret|access_?token|refresh_?token|id_?token|token';

/**
 * Shapes that are secrets wherever they appear: each pattern keeps its first group and masks what follows.
 * They are written in the syntax that JavaScript and Python share, because the Python harness is given the same list.
 */
export const SECRET_SHAPES: readonly string[] = [
  // Header lines, and headers as JSON or object literals: authorization: Bearer abc | "cookie":"a=b".
  `((?:proxy-)?authorization["']?\\s*[:=]\\s*["']?(?:bearer\\s+|basic\\s+|digest\\s+|token\\s+)?)[^"'\\s,;}]+`,
  `((?:set-)?cookie["']?\\s*[:=]\\s*["']?)[^"'\\r\\n}]+`,
  // A named value as JSON, as JSON inside a JSON text, as an object literal, and bare as in a form.
  `((?:${NAMES})["']\\s*:\\s*")(?:[^"\\\\]|\\\\.)+`,
  `((?:${NAMES})\\\\+["']\\s*:\\s*\\\\+")(?:[^"\\\\]|\\\\[^"])+`,
  `((?:${NAMES})["']?\\s*[:=]\\s*')[^'\\r\\n]+`,
  `((?:${NAMES})["']?\\s*[:=]\\s*["']?)[^"'\\s,;&}{\\[\\\\]+`,
  `(\\bbearer\\s+)[A-Za-z0-9._~+/=-]{8,}`,
  // The password of a URL.
  `([a-z][a-z0-9+.-]*://[^\\s/:@"']*:)[^\\s/@"']+(?=@)`,
  // Tokens that say what they are: JWT, GitHub, GitLab, Slack, Stripe and OpenAI keys, AWS key ids.
  `()\\beyJ[A-Za-z0-9_-]{6,}\\.[A-Za-z0-9_-]{6,}\\.[A-Za-z0-9_-]*`,
  `()\\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|sk_live_|rk_live_|AKIA)[A-Za-z0-9_-]{12,}`,
];

/** Most text holds none of the words above; this test is what such text pays. */
const SUSPICIOUS = /auth|cookie|key|pass|secret|token|bearer|:\/\/[^/\s]*@|eyJ|gh[pousr]_|github_pat_|glpat-|xox|sk-|_live_|AKIA/i;
let shapes: RegExp[] | undefined;

export interface SecretMasker {
  readonly mask: (text: string) => string;
  /** From now on this value is masked too. */
  readonly add: (value: string) => void;
}

/** Masks the given values, and what looks like a secret, in any text. */
export function secretMasker(values: readonly string[]): SecretMasker {
  const known = new Set<string>();
  const add = (value: string): void => {
    if (value.length < SHORTEST_SECRET) return;
    known.add(value);
    // The same value as it appears in URLs and JSON.
    known.add(encodeURIComponent(value));
    known.add(JSON.stringify(value).slice(1, -1));
  };
  values.forEach(add);
  return {
    add,
    mask(text) {
      let masked = text;
      // Longest first, so that a secret that contains another leaves no tail.
      if (known.size > 0)
        for (const value of [...known].sort((a, b) => b.length - a.length))
          if (masked.includes(value)) masked = masked.replaceAll(value, MASK);
      if (!SUSPICIOUS.test(masked)) return masked;
      shapes ??= SECRET_SHAPES.map((shape) => new RegExp(shape, 'gi'));
      for (const shape of shapes) masked = masked.replace(shape, `$1${MASK}`);
      return masked;
    },
  };
}
