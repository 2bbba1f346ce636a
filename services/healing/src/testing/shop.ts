import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Shop {
  readonly url: string;
  /** Requests so far. */
  readonly asked: () => number;
  close(): Promise<void>;
}

interface Order {
  readonly id: number;
  readonly total: number;
  readonly paidAt: number;
}

/** An order is paid so many ms after it was made; by turns, so that a test's failure rate is the same in every run of these specs. */
const PAID_AFTER_MS = [10, 260, 25, 20, 280];

/**
 * A small real service that answers before it has settled. An order is paid a while after it was made; of every third counter an
 * addition is lost, for good; `/mood` changes its mind for ever.
 */
export async function startShop(): Promise<Shop> {
  const orders = new Map<number, Order>();
  const counters = new Map<number, number>();
  let asked = 0;
  const answer = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    asked += 1;
    const { method = 'GET', url = '/' } = request;
    const [, kind, id = ''] = url.split('/');
    request.resume();
    request.on('end', () => {
      if (kind === 'orders' && method === 'POST') {
        const order = { id: orders.size + 1, total: 30, paidAt: Date.now() + (PAID_AFTER_MS[orders.size % PAID_AFTER_MS.length] ?? 0) };
        orders.set(order.id, order);
        return answer(response, 201, { id: order.id, state: 'new', total: order.total });
      }
      const order = kind === 'orders' ? orders.get(Number(id)) : undefined;
      if (order) return answer(response, 200, { id: order.id, state: Date.now() >= order.paidAt ? 'paid' : 'new', total: order.total });
      if (kind === 'counters' && method === 'POST') {
        const counter = id === '' ? counters.size + 1 : Number(id);
        const isLost = id !== '' && counter % 3 === 0;
        counters.set(counter, (counters.get(counter) ?? 0) + (id === '' || isLost ? 0 : 1));
        return answer(response, 201, { id: counter });
      }
      if (kind === 'counters') return answer(response, 200, { counter: Number(id) + 1_000, value: counters.get(Number(id)) ?? 0 });
      if (kind === 'mood') return answer(response, 200, { mood: asked % 2 === 0 ? 'glad' : 'sad' });
      return answer(response, 404, { error: 'not found' });
    });
  };
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
