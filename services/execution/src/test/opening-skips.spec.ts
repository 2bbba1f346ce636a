import { planned } from '../testing/planned';
import { openingSkips } from './opening-skips';

describe('before the first worker comes', () => {
  it('nothing is skipped without a rule', () => {
    expect(openingSkips([planned('a'), planned('b', ['a'])])).toEqual(new Map());
  });

  it("an author's skip spreads to all that build on it, each naming the next", () => {
    const tests = [planned('c', ['b']), planned('b', ['a']), planned('a', [], { skip: 'broken since March' }), planned('d')];
    expect(Object.fromEntries(openingSkips(tests))).toEqual({
      a: 'broken since March',
      b: 'needs "test a", which ended skipped',
      c: 'needs "test b", which ended skipped',
    });
  });

  it('a test that needs what is not planned cannot run', () => {
    expect(openingSkips([planned('a', ['login'])]).get('a')).toBe('needs login, which is not part of the strategy');
  });
});
