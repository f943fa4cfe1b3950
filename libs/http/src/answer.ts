/** What a route answered; kept as it was, so that a replay is the same to the byte. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
