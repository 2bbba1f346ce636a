import { readOpenApi } from './read-openapi';

const SHOP = `
openapi: 3.1.0
info: { title: Shop, version: '1' }
servers:
  - url: https://{host}/{base}/
    variables:
      host: { default: shop.example }
      base: { default: api/v2 }
security:
  - bearer: [orders:read]
paths:
  /orders/{orderId}:
    parameters:
      - $ref: '#/components/parameters/OrderId'
      - { name: trace, in: header, schema: { type: string } }
    get:
      operationId: getOrder
      summary: One order
      tags: [orders]
      responses:
        '404': { description: none }
        '200':
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Order' }
    post:
      operationId: payOrder
      security: [{ bearer: [orders:write, payments] }]
      requestBody:
        required: true
        content:
          text/plain: { schema: { type: string } }
          application/problem+json: { schema: { $ref: '#/components/schemas/Payment' } }
      responses: { '201': { $ref: '#/components/responses/Many' } }
  /health:
    get:
      security: []
      responses: { '204': { description: fine } }
  /search:
    servers: [{ url: /find }]
    post:
      security: [{}, { bearer: [] }]
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [words]
              properties: { words: { type: array, items: { type: string }, minItems: 1 } }
      responses: {}
components:
  parameters:
    OrderId: { name: orderId, in: path, required: true, schema: { type: string, format: uuid } }
  responses:
    Many:
      content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Order' } } } }
  schemas:
    Status: { type: string, enum: [new, paid] }
    Named: { type: object, properties: { name: { type: string, minLength: 1, maxLength: 20 } } }
    Order:
      required: [name]
      allOf:
        - $ref: '#/components/schemas/Named'
        - type: object
          required: [status]
          properties:
            status: { $ref: '#/components/schemas/Status' }
            total: { type: number, exclusiveMinimum: 0, multipleOf: 0.01 }
            parent: { $ref: '#/components/schemas/Order' }
    Card: { type: object, required: [amount, number], properties: { amount: { type: integer, minimum: 1 }, number: { type: string, pattern: '^[0-9]+$' } } }
    Transfer: { type: object, required: [amount], properties: { amount: { type: integer, minimum: 1 }, iban: { type: [string, 'null'] } } }
    Payment: { oneOf: [{ $ref: '#/components/schemas/Card' }, { $ref: '#/components/schemas/Transfer' }] }
`;

const { endpoints, dtos, problems } = readOpenApi(SHOP, 'openapi.yaml');
const endpoint = (name: string) => endpoints.find((each) => each.name === name);
const fields = (name: string) =>
  dtos
    .find((dto) => dto.name === name)
    ?.fields.map(
      (field) => `${field.name}${field.required ? '' : '?'}: ${field.field_type}${field.validations.map((rule) => ` [${rule}]`).join('')}`,
    );

describe('an OpenAPI 3.1 document', () => {
  it('has no problem', () => expect(problems).toEqual([]));

  it('gives endpoints with the path of the server and the line of the operation', () => {
    expect(endpoint('getOrder')).toMatchObject({
      method: 'GET',
      path: '/orders/{orderId}',
      full_path: '/api/v2/orders/{orderId}',
      line_number: 16,
      description: 'One order',
      tags: ['orders'],
      response_dto: 'Order',
    });
    expect(endpoint('POST /search')?.full_path).toBe('/find/search');
  });

  it('gives parameters of the path and of the operation, through references', () => {
    expect(endpoint('getOrder')?.parameters).toEqual([
      { name: 'orderId', param_type: 'string', location: 'path', required: true, dto_schema: null },
      { name: 'trace', param_type: 'string', location: 'header', required: false, dto_schema: null },
    ]);
  });

  it('prefers a JSON body and names the DTOs of body and answer', () => {
    expect(endpoint('payOrder')).toMatchObject({ request_dto: 'Payment', response_dto: 'Order[]' });
    expect(endpoint('payOrder')?.parameters.at(-1)).toEqual({
      name: 'body',
      param_type: 'Payment',
      location: 'body',
      required: true,
      dto_schema: 'Payment',
    });
  });

  it('reads who must log in, and as what: the document says it for all, an operation for itself', () => {
    expect(endpoint('getOrder')).toMatchObject({ requires_auth: true, auth_roles: ['orders:read'] });
    expect(endpoint('payOrder')).toMatchObject({ requires_auth: true, auth_roles: ['orders:write', 'payments'] });
    expect(endpoint('GET /health')).toMatchObject({ requires_auth: false, auth_roles: [] });
    expect(endpoint('POST /search')?.requires_auth).toBe(false);
  });

  it('adds up allOf, follows references to enums and survives a schema that contains itself', () => {
    expect(fields('Order')).toEqual([
      'name: string [min length 1] [max length 20]',
      'status: string [enum new|paid]',
      'total?: number [more than 0] [multiple of 0.01]',
      'parent?: Order',
    ]);
  });

  it('requires of a choice only what every choice requires', () => {
    expect(fields('Payment')).toEqual(['amount: integer [min 1]', 'number?: string [pattern ^[0-9]+$]', 'iban?: string [nullable]']);
  });

  it('names a body that is described in place after its operation, and has no DTO for an enum', () => {
    expect(endpoint('POST /search')?.request_dto).toBe('PostSearchBody');
    expect(fields('PostSearchBody')).toEqual(['words: string[] [min items 1]']);
    expect(fields('Status')).toBeUndefined();
  });
});

describe('other documents', () => {
  it('reads Swagger 2.0 with its base path, body and form', () => {
    const read = readOpenApi(
      JSON.stringify({
        swagger: '2.0',
        basePath: '/v1',
        securityDefinitions: { key: { type: 'apiKey' } },
        paths: {
          '/pets': {
            post: {
              operationId: 'addPet',
              security: [{ key: [] }],
              parameters: [{ in: 'body', name: 'pet', required: true, schema: { $ref: '#/definitions/Pet' } }],
              responses: { 200: { schema: { $ref: '#/definitions/Pet' } } },
            },
            put: { operationId: 'upload', parameters: [{ in: 'formData', name: 'file', type: 'file', required: true }] },
          },
        },
        definitions: { Pet: { type: 'object', properties: { id: { type: 'integer' } } } },
      }),
      'swagger.json',
    );
    expect(
      read.endpoints.map(({ full_path, request_dto, response_dto, requires_auth }) => ({
        full_path,
        request_dto,
        response_dto,
        requires_auth,
      })),
    ).toEqual([
      { full_path: '/v1/pets', request_dto: 'UploadForm', response_dto: null, requires_auth: false },
      { full_path: '/v1/pets', request_dto: 'Pet', response_dto: 'Pet', requires_auth: true },
    ]);
    expect(read.dtos.map(({ name }) => name)).toEqual(['Pet', 'UploadForm']);
  });

  it.each([
    ['no YAML', 'openapi: 3.0.0\npaths: {a: [}', /^api\.yaml:2: not read: /],
    ['no document at all', 'hello', /^api\.yaml: not read: it has no `openapi`/],
    ['a list', '[1, 2]', /no OpenAPI document/],
    ['broken JSON', '{ "openapi": "3.0.0", ', /^api\.yaml:1: not read/],
  ])('says of %s where and why it cannot be read', (_, text, problem) => {
    const read = readOpenApi(text, 'api.yaml');
    expect(read.endpoints).toEqual([]);
    expect(read.problems).toEqual([expect.stringMatching(problem)]);
  });

  it('reads what it can of a document full of nonsense', () => {
    const read = readOpenApi(
      JSON.stringify({
        openapi: '3.0.0',
        security: 'yes',
        servers: [42],
        paths: {
          'x-y': 1,
          nope: { get: {} },
          '/a': null,
          '/b/{id}': { get: { tags: 'x', parameters: 'y', responses: [], requestBody: { $ref: '#/loop' } }, post: 5 },
          '/c': { $ref: 'other.yaml#/c' },
        },
        loop: { $ref: '#/loop' },
        components: {
          schemas: {
            A: { $ref: '#/components/schemas/A' },
            B: { allOf: [{ $ref: '#/components/schemas/B' }], properties: { x: true, y: null } },
          },
        },
      }),
      'x.json',
    );
    expect(read.endpoints.map(({ method, full_path }) => `${method} ${full_path}`)).toEqual(['GET /b/{id}']);
    expect(read.dtos.map(({ name }) => name)).toEqual(['B']);
    expect(read.problems).toEqual(expect.arrayContaining([expect.stringContaining('other.yaml#/c is not followed')]));
  });

  it('refuses aliases that multiply without end', () => {
    const lines = ['openapi: 3.0.0', 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level++)
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    expect(readOpenApi(lines.join('\n'), 'bomb.yaml').problems).toEqual([expect.stringMatching(/^bomb\.yaml: not read: .*alias/i)]);
  });
});
