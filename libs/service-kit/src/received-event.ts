import type { EventData, EventDefinition, EventMetadata } from '@testimony/contracts';
import type { Transaction } from '@testimony/event-store';
import { BaseRpcContext } from '@nestjs/microservices';

/** A published event as a handler sees it, whichever transport brought it. Take it with `@Payload()`. */
export interface ReceivedEvent<D extends EventDefinition> {
  readonly id: string;
  readonly type: D['type'];
  readonly stream: string;
  /** Counts the published events of the stream. */
  readonly sequence: number;
  readonly data: EventData<D>;
  readonly metadata: EventMetadata;
  readonly occurredAt: Date;
}

/** Take it with `@Ctx()`. What a handler writes through `tx` is committed together with the note that the event was handled, or not at all. */
export class EventContext extends BaseRpcContext<[Transaction]> {
  constructor(tx: Transaction) {
    super([tx]);
  }

  get tx(): Transaction {
    return this.getArgByIndex(0);
  }
}
