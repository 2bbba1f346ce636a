import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { DomainError } from '@testimony/contracts';
import { z } from 'zod';
import { startService, type RunningService } from './start-service';
import { ZodPipe } from './zod-pipe';

const orderSchema = z.object({ items: z.array(z.string()).min(1) });

@Controller('orders')
class OrdersDoor {
  @Post()
  create(@Body(new ZodPipe(orderSchema)) order: z.infer<typeof orderSchema>): { count: number } {
    return { count: order.items.length };
  }

  @Get('unknown')
  unknown(): never {
    throw new DomainError('order-unknown', 'There is no order 7.', 404);
  }

  @Get('broken')
  broken(): never {
    throw new Error('password=hunter2 at line 3');
  }
}

@Module({ controllers: [OrdersDoor] })
class OrdersModule {}

describe('a service over HTTP', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ module: OrdersModule, http: { host: '127.0.0.1', port: 0, bodyLimitBytes: 1_000 }, logger: false });
  });

  afterAll(() => service.close());

  const post = (body: string) => fetch(`${service.url}/orders`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

  it('lets through what the schema describes', async () => {
    const response = await post('{"items":["a","b"]}');
    expect([response.status, await response.json()]).toEqual([201, { count: 2 }]);
  });

  it.each([
    ['a body that breaks the schema', '{"items":[]}', 400, 'urn:testimony:body-invalid'],
    ['malformed JSON', '{"items":', 400, 'about:blank'],
    ['a body over the limit', JSON.stringify({ items: ['x'.repeat(2_000)] }), 413, 'about:blank'],
  ])('answers %s with problem+json', async (_, body, status, type) => {
    const response = await post(body);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect([response.status, await response.json()]).toEqual([
      status,
      expect.objectContaining({ type, status, detail: expect.any(String) }),
    ]);
  });

  it('turns a domain error into its status and sentence', async () => {
    const response = await fetch(`${service.url}/orders/unknown`);
    expect(await response.json()).toEqual({
      type: 'urn:testimony:order-unknown',
      title: 'order unknown',
      status: 404,
      detail: 'There is no order 7.',
    });
  });

  it('says nothing of its inside when it breaks', async () => {
    const response = await fetch(`${service.url}/orders/broken`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
  });

  it('rejects instead of ending the process when its port is taken', async () => {
    const port = Number(new URL(service.url!).port);
    await expect(
      startService({ module: OrdersModule, http: { host: '127.0.0.1', port, bodyLimitBytes: 1_000 }, logger: false }),
    ).rejects.toThrow(/EADDRINUSE/);
  });
});
