import { testNames } from './test-names';

const named = (id: string, name: string, titlePath: string[] = [], service = 'shop') => ({ id, service, name, metadata: { titlePath } });

test('a name that is used once stays as it is, also when another service has it', () => {
  expect([...testNames([named('a', 'list', ['group', 'list']), named('b', 'list', [], 'mail')]).values()]).toEqual(['list', 'list']);
});

test('tests of one name are told apart by the groups around them', () => {
  const names = testNames([named('a', 'list', ['[chromium]', 'list']), named('b', 'list', ['[firefox]', 'list'])]);
  expect([...names.values()]).toEqual(['[chromium] › list', '[firefox] › list']);
});

test('and by their ids where there is no group, or the same', () => {
  const names = testNames([
    named('shop/orders/01_list', 'list'),
    named('shop/users/01_list', 'list'),
    named('p:x#g > c', 'c', ['g', 'c']),
    named('p:y#g > c', 'c', ['g', 'c']),
  ]);
  expect([...names.values()]).toEqual(['list (shop/orders/01_list)', 'list (shop/users/01_list)', 'c (p:x#g > c)', 'c (p:y#g > c)']);
});
