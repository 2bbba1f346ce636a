import type { RequestEvent } from '../reading/trace';
import { numberOf, withParts, type Mark, type Value } from '../reading/value';

/** Marks of a value and of all in it. */
export function marksIn<K extends Mark['kind']>(value: Value | undefined, kind: K): Extract<Mark, { kind: K }>[] {
  const found: Extract<Mark, { kind: K }>[] = [];
  for (const part of withParts(value))
    for (const mark of part.marks)
      if (mark.kind === kind && !found.includes(mark as Extract<Mark, { kind: K }>)) found.push(mark as Extract<Mark, { kind: K }>);
  return found;
}

/** The requests whose answers a value is made of. */
export function markedRequests(value: Value): RequestEvent[] {
  return [...new Set(value.marks.flatMap((mark) => (mark.kind === 'remote' ? [mark.request] : [])))];
}

export function literalNumber(value: Value | undefined): number | undefined {
  return numberOf(value);
}
