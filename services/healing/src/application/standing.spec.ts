import { standingIn } from './standing';

const fix = (id: string, before: string, after: string) => ({ id, before, after });
const kinds = (text: string, ...fixes: ReturnType<typeof fix>[]): Record<string, string> =>
  Object.fromEntries(
    [...standingIn(text, fixes)].map(([id, { kind, replacedBy }]) => [id, replacedBy ? `${kind} for ${replacedBy}` : kind]),
  );

describe('which fixes stand in the text of a file', () => {
  it('the one that ends in it, and those that it was made on', () => {
    expect(kinds('c', fix('2', 'b', 'c'), fix('1', 'a', 'b'))).toEqual({ 2: 'stands', 1: 'stands' });
  });

  it('not one whose text from before is there again', () => {
    expect(kinds('a', fix('1', 'a', 'b'))).toEqual({ 1: 'undone' });
    expect(kinds('b', fix('2', 'b', 'c'), fix('1', 'a', 'b'))).toEqual({ 2: 'undone', 1: 'stands' });
  });

  it('not one that another was made in place of, also when both end in the same text', () => {
    expect(kinds('c', fix('2', 'a', 'c'), fix('1', 'a', 'b'))).toEqual({ 2: 'stands', 1: 'undone for 2' });
    expect(kinds('b', fix('2', 'a', 'b'), fix('1', 'a', 'b'))).toEqual({ 2: 'stands', 1: 'undone for 2' });
  });

  it('of an edited text nothing is said, nor of a fix that was made before the edit', () => {
    expect(kinds('edited', fix('1', 'a', 'b'))).toEqual({ 1: 'unknown' });
    expect(kinds('c', fix('2', 'edited', 'c'), fix('1', 'a', 'b'))).toEqual({ 2: 'stands', 1: 'unknown' });
  });

  it('fixes that undo each other do not lead around for ever', () => {
    expect(kinds('a', fix('2', 'b', 'a'), fix('1', 'a', 'b'))).toEqual({ 2: 'stands', 1: 'stands' });
  });
});
