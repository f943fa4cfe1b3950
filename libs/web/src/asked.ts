/** The little of Fastify that pages touch. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly protocol?: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly query?: unknown;
  readonly caller?: unknown;
  readonly csrf?: string;
}
