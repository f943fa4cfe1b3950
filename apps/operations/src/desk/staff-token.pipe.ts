import { createParamDecorator, Inject, Injectable, type ExecutionContext, type PipeTransform } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { staffTokenOf } from '@app/access';
import { CONFIG } from '@app/boot';
import { unauthorised } from '@app/http';
import type { OperationsConfig } from '../ports/app-addresses.js';

/** The credential that the guard has just let in, to be handed on to the ports: `@StaffToken() token: string`. */
@Injectable()
export class ReadStaffToken implements PipeTransform<FastifyRequest, string> {
  constructor(@Inject(CONFIG) private readonly config: OperationsConfig) {}

  transform(request: FastifyRequest): string {
    const token = staffTokenOf(request.headers, this.config.MUSTER_ORIGIN);
    if (token === null) throw unauthorised();
    return token;
  }
}

const WholeRequest = createParamDecorator((_: unknown, context: ExecutionContext): FastifyRequest =>
  context.switchToHttp().getRequest(),
);

export const StaffToken = (): ParameterDecorator => WholeRequest(ReadStaffToken);
