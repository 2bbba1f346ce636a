import { BadGatewayException } from '@nestjs/common';
import type { Settings } from '../settings';

const TIMEOUT_MS = 5_000;

export interface PaymentRequest {
  readonly amountCents: number;
  readonly currency: string;
  readonly cardToken: string;
  readonly reference: string;
  readonly callbackUrl: string;
}

/** Speaks to the payments service. Each call carries an idempotency key, so that repeating one never moves money twice. */
export class PaymentsClient {
  constructor(private readonly settings: Settings) {}

  async charge(request: Omit<PaymentRequest, 'callbackUrl'>, idempotencyKey: string): Promise<{ id: string }> {
    const callbackUrl = `http://127.0.0.1:${this.settings.port}/callbacks/payments`;
    return (await this.post('/payments', { ...request, callbackUrl, capture: 'automatic' }, idempotencyKey)) as { id: string };
  }

  async refund(paymentId: string, amountCents: number, idempotencyKey: string): Promise<void> {
    await this.post(`/payments/${paymentId}/refunds`, { amountCents }, idempotencyKey);
  }

  private async post(path: string, body: object, idempotencyKey: string): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(this.settings.paymentsUrl + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': this.settings.paymentsKey, 'idempotency-key': idempotencyKey },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new BadGatewayException('Payments does not answer. Try again: nothing is charged twice.');
    }
    if (!response.ok) throw new BadGatewayException(`Payments refused with ${response.status}.`);
    return response.json();
  }
}
