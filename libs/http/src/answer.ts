/** What a route answered; kept as it was, so that a replay is the same to the byte. */
export interface Answer<B = unknown> {
  readonly status: number;
  readonly body: B;
  readonly headers?: Readonly<Record<string, string>>;
}
