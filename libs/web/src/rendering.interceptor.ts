import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import { languageOf, prefersHtml } from '@app/http';
import { Page, type PageFacts, SeeOther } from './answers.js';
import type { Asked } from './asked.js';
import { languageCookie } from './language-switch.js';
import { Views } from './views.js';

export const RENDERS = Symbol('muster:renders');

export interface Rendered {
  readonly view: string;
  readonly folder: URL;
}

interface Answer {
  code(status: number): Answer;
  header(name: string, value: string): Answer;
  hasHeader(name: string): boolean;
}

@Injectable()
export class Rendering implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly views: Views,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const own = this.reflector.get<Rendered>(RENDERS, context.getHandler());
    const request = context.switchToHttp().getRequest<Asked>();
    const reply = context.switchToHttp().getResponse<Answer>();
    return next.handle().pipe(map((value: unknown) => this.#answer(own, request, reply, value)));
  }

  #answer(own: Rendered, request: Asked, reply: Answer, value: unknown): unknown {
    if (!reply.hasHeader('vary')) reply.header('vary', 'Accept, Accept-Language, Cookie');
    if (!prefersHtml(single(request.headers.accept))) {
      if (value instanceof SeeOther) return value.body;
      if (!(value instanceof Page)) return value;
      settle(reply, value.facts.status);
      return value.facts.it;
    }
    const language = languageOf(request);
    const cookie = languageCookie(request);
    if (cookie) reply.header('set-cookie', cookie);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    if (value instanceof SeeOther) {
      reply.header('location', value.url);
      settle(reply, 303);
      return '';
    }
    const facts: PageFacts = value instanceof Page ? value.facts : { it: value as object };
    reply.header('content-type', 'text/html; charset=utf-8');
    settle(reply, facts.status ?? (request.method === 'POST' ? 200 : undefined));
    return this.views.render(own.folder, facts.view ?? own.view, {
      ...facts,
      language: facts.language ?? language,
      request,
    });
  }
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** Nest writes the route's own status after the interceptors have run; this one stands. */
const settle = (reply: Answer, status: number | undefined): void => {
  if (status === undefined) return;
  reply.code(status);
  Object.defineProperty(reply, 'status', { value: () => reply, configurable: true });
};
