import { explainSetting } from './explain-setting';
import { resolveConfiguration } from './load';

test('the strongest layer that says something wins, and every layer is shown', () => {
  const loaded = resolveConfiguration('\nparallel_workers: 2\n', {
    file: 'e2e.conf',
    environment: { E2E_PARALLEL_WORKERS: '6' },
    flags: {},
  });
  expect(explainSetting('parallel_workers', loaded, 'e2e.conf')).toEqual({
    key: 'parallel_workers',
    value: 6,
    wonBy: 'environment',
    layers: [
      { layer: 'default', source: 'the default', value: 4 },
      { layer: 'file', source: 'e2e.conf:2', value: 2 },
      { layer: 'environment', source: 'E2E_PARALLEL_WORKERS', value: 6 },
    ],
  });
  expect(explainSetting('learning_enabled', loaded, 'e2e.conf')).toMatchObject({ value: true, wonBy: 'default' });
});
