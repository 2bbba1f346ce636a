import type { Fix } from '@testimony/contracts';

type AppliedFix = Pick<Fix, 'id' | 'before' | 'after'>;

/** What the text that a file holds now says of a fix that was applied to it. */
export interface Standing {
  /** `unknown`: somebody edited the file since, and whether the fix is still in it cannot be told from a hash. */
  readonly kind: 'stands' | 'undone' | 'unknown';
  /** The fix that was made on the text from before this one, where there is one. */
  readonly replacedBy?: string;
}

/**
 * Which fixes of one file stand in its text, the newest first as given. Each text is the work of the newest fix that ends in it, made on another
 * text, and so on back; what was made on one of these texts and is none of these fixes is not in them.
 */
export function standingIn(text: string, fixes: readonly AppliedFix[]): Map<string, Standing> {
  /** Text -> the fix that was made on it, on the way to the text of now. */
  const texts = new Map<string, string | undefined>([[text, undefined]]);
  const stands = new Set<string>();
  for (let at = text; ;) {
    const made = fixes.find(({ id, after }) => after === at && !stands.has(id));
    if (!made) break;
    stands.add(made.id);
    // A text that was met already ends the way back: two fixes that undo each other would lead around for ever.
    if (texts.has(made.before)) break;
    texts.set(made.before, made.id);
    at = made.before;
  }
  return new Map(
    fixes.map(({ id, before }): [string, Standing] => {
      if (stands.has(id)) return [id, { kind: 'stands' }];
      if (!texts.has(before)) return [id, { kind: 'unknown' }];
      const replacedBy = texts.get(before);
      return [id, { kind: 'undone', ...(replacedBy !== undefined && { replacedBy }) }];
    }),
  );
}
