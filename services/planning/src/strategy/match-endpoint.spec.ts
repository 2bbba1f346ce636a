import type { Endpoint, Manifest } from '@testimony/contracts';
import { indexEndpoints } from './match-endpoint';

const endpoint = (text: string): Endpoint => {
  const [method = '', path = ''] = text.split(' ');
  return {
    name: text,
    method,
    path,
    full_path: path,
    parameters: [],
    request_dto: null,
    response_dto: null,
    requires_auth: false,
    auth_roles: [],
    file_path: '',
    line_number: 1,
    description: null,
    tags: [],
  };
};
const service = (name: string, endpoints: readonly string[]) => ({
  name,
  language: '',
  framework: '',
  root_path: '.',
  dto_schemas: [],
  ports: [],
  environment_vars: [],
  dependencies: [],
  endpoints: endpoints.map(endpoint),
});
const manifest: Manifest = {
  version: '2.0',
  project_name: '',
  project_root: '',
  generated_at: '2026-01-01T00:00:00Z',
  source_hashes: {},
  services: [
    service('shop', [
      'GET /api/orders',
      'GET /api/orders/{id}',
      'GET /api/orders/mine',
      'ALL /api/any/{x}',
      'GET /api/files/{path}',
      'GET /api/flights/{from}-{to}.json',
    ]),
    service('bank', ['GET /orders/{id}', 'POST /payments']),
  ],
};
const index = indexEndpoints(manifest, new Map([['shop', '/api']]));
const found = (call: string, of = 'shop', named?: string) => {
  const known = index.find({ endpoint: call, ...(named !== undefined && { service: named }) }, of);
  return known && `${known.service} ${known.endpoint.name}`;
};

describe('the endpoint that a call reaches', () => {
  it.each([
    ['GET /orders/17', 'shop GET /api/orders/{id}'],
    ['GET /orders/{}', 'shop GET /api/orders/{id}'],
    ['GET /orders/order-{}', 'shop GET /api/orders/{id}'],
    ['GET /orders/mine', 'shop GET /api/orders/mine'],
    ['GET /api/orders', 'shop GET /api/orders'],
    ['DELETE /any/1', 'shop ALL /api/any/{x}'],
    ['GET /files/a/b/c', 'shop GET /api/files/{path}'],
    ['GET /flights/here-there.json', 'shop GET /api/flights/{from}-{to}.json'],
    ['GET /flights/here-there.xml', undefined],
    ['POST /orders/17', undefined],
    ['GET /orders/17/lines', undefined],
    // An absolute URL may lead to another service.
    ['POST /payments', 'bank POST /payments'],
  ])('%s: %s', (call, expected) => expect(found(call)).toBe(expected));

  it('is of the service that the call names', () => {
    expect(found('GET /orders/1', 'shop', 'bank')).toBe('bank GET /orders/{id}');
    expect(found('POST /payments', 'bank', 'shop')).toBeUndefined();
    expect(found('GET /orders/1', 'nobody', 'nobody')).toBeUndefined();
  });
});
