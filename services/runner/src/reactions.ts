import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  ExecutionAdmitted,
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionWorkerSilent,
  TestAttempted,
  TestDecided,
} from '@testimony/contracts';
import { EventContext, On, type ReceivedEvent } from '@testimony/service-kit';
import type { Supervisor } from './supervisor';
import { PROVIDER_NAME, SUPERVISOR } from './tokens';
import { admit, forget } from './worker/runs';

/** Workers learn from their last report or lease that all is done, and end by themselves, their results acknowledged and their spool removed. */
const OWN_END_MS = 2_000;

/** What the runner does on the execution's events. */
@Controller()
export class Reactions {
  constructor(
    @Inject(SUPERVISOR) private readonly supervisor: Supervisor,
    @Inject(PROVIDER_NAME) private readonly provider: string,
  ) {}

  @On(ExecutionAdmitted)
  async admitted(@Payload() { data }: ReceivedEvent<typeof ExecutionAdmitted>, @Ctx() context: EventContext): Promise<void> {
    await admit(context.tx, data, this.provider);
  }

  @On(ExecutionWorkerSilent)
  workerSilent(@Payload() { data }: ReceivedEvent<typeof ExecutionWorkerSilent>): void {
    this.supervisor.fellSilent(data.workerId);
  }

  @On(ExecutionCompleted)
  async completed(@Payload() { data }: ReceivedEvent<typeof ExecutionCompleted>, @Ctx() context: EventContext): Promise<void> {
    await this.release(data.executionId, context, OWN_END_MS);
  }

  @On(ExecutionCancelled)
  async cancelled(@Payload() { data }: ReceivedEvent<typeof ExecutionCancelled>, @Ctx() context: EventContext): Promise<void> {
    await this.release(data.executionId, context, 0);
  }

  @On(TestAttempted)
  attempted(@Payload() { data }: ReceivedEvent<typeof TestAttempted>): void {
    this.supervisor.progressed(data.executionId);
  }

  @On(TestDecided)
  decided(@Payload() { data }: ReceivedEvent<typeof TestDecided>): void {
    this.supervisor.progressed(data.executionId);
  }

  private async release(executionId: string, context: EventContext, afterMs: number): Promise<void> {
    await forget(context.tx, executionId);
    // May be said again when the transaction fails; the execution has ended either way.
    this.supervisor.release(executionId, afterMs);
  }
}
