import { Body, Controller, HttpCode, Inject, Post, Req, UseGuards } from '@nestjs/common';
import {
  heartbeatRequestSchema,
  leaseRequestSchema,
  registerRequestSchema,
  reportRequestSchema,
  type HeartbeatReply,
  type HeartbeatRequest,
  type LeaseReply,
  type LeaseRequest,
  type RegisterReply,
  type RegisterRequest,
  type ReportReply,
  type ReportRequest,
} from '@testimony/contracts';
import type { EventStore } from '@testimony/event-store';
import { ZodPipe } from '@testimony/service-kit';
import { lease } from '../queue/lease';
import { report } from '../queue/report';
import { heartbeat, register } from '../queue/workers';
import { STORE, TIMES, type Times } from '../tokens';
import { WorkerGuard, type WorkerCall } from './worker-guard';

/** Where workers ask and report (DESIGN section 6). Each acts for the execution that its token names, whatever its body says. */
@Controller('worker/v1')
@UseGuards(WorkerGuard)
export class WorkerDoor {
  constructor(
    @Inject(STORE) private readonly store: EventStore,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  @Post('register')
  @HttpCode(200)
  register(@Req() call: WorkerCall, @Body(new ZodPipe(registerRequestSchema)) body: RegisterRequest): Promise<RegisterReply> {
    return register(this.store, call.executionId, body, this.times.heartbeatMs);
  }

  @Post('lease')
  @HttpCode(200)
  lease(@Req() call: WorkerCall, @Body(new ZodPipe(leaseRequestSchema)) body: LeaseRequest): Promise<LeaseReply> {
    return lease(this.store, call.executionId, body);
  }

  @Post('report')
  @HttpCode(200)
  report(@Req() call: WorkerCall, @Body(new ZodPipe(reportRequestSchema)) body: ReportRequest): Promise<ReportReply> {
    return report(this.store, call.executionId, body);
  }

  @Post('heartbeat')
  @HttpCode(200)
  heartbeat(@Req() call: WorkerCall, @Body(new ZodPipe(heartbeatRequestSchema)) body: HeartbeatRequest): Promise<HeartbeatReply> {
    return heartbeat(this.store, call.executionId, body, this.times.heartbeatMs);
  }
}
