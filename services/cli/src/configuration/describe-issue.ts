import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';

/** Keys further apart than this share of their length are different words, not misspellings. */
const LARGEST_TYPO = 0.5;

/** The known word that was most likely meant, if any is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const begun = known.filter((candidate) => candidate.startsWith(word.toLowerCase()));
  if (word.length >= 3 && begun.length === 1) return begun[0];
  const guess = closest(word.toLowerCase(), known);
  return distance(word.toLowerCase(), guess.toLowerCase()) <= Math.max(2, Math.ceil(word.length * LARGEST_TYPO)) ? guess : undefined;
}

/** What is wrong with a value and what would be right, to follow the key's name in a sentence. */
export function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'too_small':
      return issue.origin === 'string'
        ? 'must not be empty'
        : `must be ${issue.inclusive ? 'at least' : 'more than'} ${String(issue.minimum)}`;
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${String(issue.maximum)}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'must be a URL such as http://localhost:3000' : `has the wrong form (${issue.format})`;
    case 'invalid_key':
      return 'is no name for a service: use letters, digits, dots, dashes and underscores';
    default:
      return `is not right: ${issue.message}`;
  }
}

function article(type: string): string {
  const words: Record<string, string> = {
    string: 'text (put it in quotes)',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    object: 'a section with keys of its own',
    record: 'a section with keys of its own',
  };
  return words[type] ?? type;
}
