import type { DiscoveredTest } from '@testimony/frameworks';
import { belongingTo } from './belonging-to';

const test_ = (file: string, service: string): DiscoveredTest => ({
  id: file,
  name: file,
  description: '',
  framework: 'playwright',
  service,
  file,
  titlePath: ['a'],
  line: 1,
  tags: [],
  dependencies: [],
  endpoints: [],
});
const FOUND = [test_('tests/a.spec.ts', 'default'), test_('tests/b.spec.ts', 'chromium'), test_('services/mail/a.spec.ts', 'mail')];
const services = (configured: string[]): string[] => belongingTo(configured, FOUND).map(({ service }) => service);

test('tests outside the folders of services belong to the one service that is configured', () => {
  expect(services(['todo'])).toEqual(['todo', 'todo', 'mail']);
});

test('with two services, or none, nobody can say to which', () => {
  expect(services(['todo', 'mail'])).toEqual(['default', 'chromium', 'mail']);
  expect(services([])).toEqual(['default', 'chromium', 'mail']);
});
