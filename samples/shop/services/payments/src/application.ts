import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { Pool } from 'pg';
import { feeCents } from './fees';
import { authorise, capture, entriesOf, findPayment, listPayments, refund, voidPayment } from './payments';
import { Refusal } from './refusal';
import { authoriseRequest, captureRequest, feeQuery, listQuery, parse, parseId, refundRequest } from './requests';
import type { Settings } from './settings';
import { startSettlement } from './settlement';

const BODY_LIMIT = '64kb';

export function createApplication(pool: Pool, settings: Settings): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json({ limit: BODY_LIMIT }));

  app.get('/health', async (_, response) => {
    await pool.query('select 1');
    response.json({ status: 'ok', database: 'ok' });
  });

  app.use(requireApiKey(settings.apiKey));

  app.post('/payments', async (request, response) => {
    const { payment, replayed } = await authorise(pool, parse(authoriseRequest, request.body), request.get('idempotency-key'));
    if (payment.status === 'settling' && !replayed) startSettlement(pool, settings, payment.id);
    response.set('idempotent-replayed', String(replayed));
    response.status(201).location(`/payments/${payment.id}`).json(payment);
  });

  app.get('/payments', async (request, response) => {
    const { reference, limit, cursor } = parse(listQuery, request.query);
    response.json(await listPayments(pool, reference, limit, cursor));
  });

  app.get('/payments/:id', async (request, response) => {
    response.json(await findPayment(pool, parseId(request.params.id)));
  });

  app.get('/payments/:id/entries', async (request, response) => {
    response.json({ entries: await entriesOf(pool, parseId(request.params.id)) });
  });

  app.post('/payments/:id/capture', async (request, response) => {
    response.json(await capture(pool, parseId(request.params.id), parse(captureRequest, request.body).amountCents));
  });

  app.post('/payments/:id/void', async (request, response) => {
    response.json(await voidPayment(pool, parseId(request.params.id)));
  });

  app.post('/payments/:id/refunds', async (request, response) => {
    const { amountCents } = parse(refundRequest, request.body);
    const { refund: made, replayed } = await refund(pool, parseId(request.params.id), amountCents, request.get('idempotency-key'));
    response.set('idempotent-replayed', String(replayed));
    response.status(201).json(made);
  });

  app.get('/fees', (request, response) => {
    const { amountCents, currency } = parse(feeQuery, request.query);
    response.json({ amountCents, currency, feeCents: feeCents(amountCents, currency) });
  });

  app.use((request, _response, next) => next(new Refusal(404, 'not-found', `There is nothing at ${request.path}.`)));
  app.use(answerProblem);
  return app;
}

function requireApiKey(apiKey: string) {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return (request: Request, _response: Response, next: NextFunction): void => {
    const good = timingSafeEqual(digest(request.get('x-api-key') ?? ''), digest(apiKey));
    next(good ? undefined : new Refusal(401, 'unauthorised', 'The x-api-key header is missing or wrong.'));
  };
}

// Express knows an error handler by its four parameters.
function answerProblem(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  const problem = problemOf(error);
  if (problem.status >= 500) console.error(error);
  response.status(problem.status).type('application/problem+json').json(problem);
}

function problemOf(error: unknown): { type: string; title: string; status: number; detail: string } {
  if (error instanceof Refusal)
    return { type: `urn:payments:${error.title}`, title: error.title, status: error.status, detail: error.detail };
  // The body parser's own: malformed JSON, too large.
  const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
  const detail = status < 500 && error instanceof Error ? error.message : 'Something broke on our side.';
  return { type: 'about:blank', title: status < 500 ? 'bad-request' : 'internal', status, detail };
}
