/** An expected impossibility in the facts themselves, by its kebab-case code; in a consumer it parks the event. */
export class DomainError extends Error {
  constructor(
    readonly code: string,
    message: string = code,
  ) {
    super(message);
    this.name = 'DomainError';
  }
}
