import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { WorkerLost } from '@testimony/contracts';
import { EventContext, On, type ReceivedEvent } from '@testimony/service-kit';
import { loseWorker } from '../queue/workers';
import { Tick } from '../tick';

/** Takes back the work of a worker as soon as the runner says that it is gone, without waiting for its heartbeats to be missed. */
@Controller()
export class LostWorkers {
  constructor(@Inject(Tick) private readonly tick: Tick) {}

  @On(WorkerLost)
  async workerLost(@Payload() event: ReceivedEvent<typeof WorkerLost>, @Ctx() context: EventContext): Promise<void> {
    await loseWorker(context.tx, event.data);
    this.tick.soon();
  }
}
