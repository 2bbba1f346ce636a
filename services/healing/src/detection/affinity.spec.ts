import { affinityGroups } from './affinity';

describe('tests that may share something', () => {
  it('are those whose texts share what no other text has', () => {
    const texts = new Map(
      Array.from({ length: 30 }, (_, i) => [
        `t${i}`,
        `const made = await page.post('/shops', { name: 'shop' }); expect(made.id).toBe(${i % 5});`,
      ]),
    );
    texts.set('sets', `await page.put('/shops/7/settings/currency', { json: { value: 'CHF' } });`);
    texts.set('reads', `const currency = await page.get('/shops/7/settings/currency'); expect(currency.value).toBe('default');`);
    const groups = affinityGroups(texts);
    expect(groups.filter((group) => group.length > 1)).toEqual([['sets', 'reads']]);
    expect(groups.flat().toSorted()).toEqual([...texts.keys()].toSorted());
    texts.set('deeper', "await page.post('/shops/7/notes/collect')");
    expect(
      affinityGroups(texts)
        .find((group) => group.includes('deeper'))
        ?.toSorted(),
    ).toEqual(['deeper', 'reads', 'sets']);
  });

  it('stay in small groups', () => {
    const texts = new Map(Array.from({ length: 8 }, (_, i) => [`t${i}`, 'the same rare word: zebra']));
    expect(Math.max(...affinityGroups(texts).map((group) => group.length))).toBeLessThanOrEqual(4);
  });
});
