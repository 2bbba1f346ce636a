import { allFrameworks, frameworkNamed } from './frameworks';

it('finds each framework by its own name only', () => {
  expect(allFrameworks.map(({ name }) => name)).toEqual(['native', 'playwright']);
  for (const framework of allFrameworks) expect(frameworkNamed(framework.name)).toBe(framework);
  expect(frameworkNamed('Native')).toBeUndefined();
});
