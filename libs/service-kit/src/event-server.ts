import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { EventStore, EventStoreReader, StoredEvent, Subscription, Transaction } from '@testimony/event-store';
import { lastValueFrom } from 'rxjs';
import { EventContext, type ReceivedEvent } from './received-event';
import type { EventDefinition } from '@testimony/contracts';

/** What every transport of published events shares: giving one event to the handlers of its type, and letting their errors out as they are. */
abstract class EventServer extends Server implements CustomTransportStrategy {
  /** The transport decides about retries and parking, so it must see a handler's error. */
  override readonly propagatesEventHandlerErrors = true;

  protected handledTypes(): string[] {
    return [...this.messageHandlers.keys()];
  }

  protected async deliver(event: ReceivedEvent<EventDefinition>, tx: Transaction): Promise<void> {
    const handler = this.getHandlerByPattern(event.type);
    if (!handler) return;
    const result = this.transformToObservable(await handler(event, new EventContext(tx)));
    await lastValueFrom(result, { defaultValue: undefined });
  }

  override on(): never {
    throw new Error(`${this.constructor.name} has no events of its own to listen to`);
  }

  override unwrap<T>(): T {
    throw new Error(`${this.constructor.name} wraps no client`);
  }

  abstract override listen(callback: (error?: unknown) => void): void;
  abstract override close(): Promise<void>;
}

export interface StoreTransportOptions {
  /** Names the consumer: its checkpoints and inbox are kept under this name. One name a service. */
  readonly consumer: string;
  /** The consumer's own store: effects, inbox and checkpoints live there, in one transaction. */
  readonly store: EventStore;
  /** The stores whose published events it follows. */
  readonly sources: readonly EventStoreReader[];
  /** Lets events gather for so long after each batch (`SubscriptionOptions.restMs`). */
  readonly restMs?: number;
}

/** Published events straight from the stores that hold them: the transport of the embedded mode. Kafka serves the same handlers elsewhere. */
export class StoreTransport extends EventServer {
  private subscriptions: Subscription[] = [];

  constructor(private readonly options: StoreTransportOptions) {
    super();
  }

  override listen(callback: (error?: unknown) => void): void {
    const types = this.handledTypes();
    this.subscriptions = this.options.sources.map((source) =>
      this.options.store.subscribe({
        name: `${this.options.consumer}:${source.schema}`,
        source,
        publishedOnly: true,
        types,
        inbox: true,
        restMs: this.options.restMs,
        handle: async (events, tx) => {
          for (const event of events) await this.deliver(received(event), tx);
        },
      }),
    );
    callback();
  }

  /** Waits until every handler has seen what the sources hold now. */
  async caughtUp(): Promise<void> {
    await Promise.all(this.subscriptions.map((s) => s.caughtUp()));
  }

  override async close(): Promise<void> {
    await Promise.all(this.subscriptions.map((s) => s.stop()));
    this.subscriptions = [];
  }
}

function received(event: StoredEvent): ReceivedEvent<EventDefinition> {
  if (event.sequence === null) throw new Error(`event ${event.id} (${event.type}) is not published and must not reach a handler`);
  const { id, type, stream, sequence, data, metadata, occurredAt } = event;
  return { id, type, stream, sequence, data, metadata, occurredAt };
}
