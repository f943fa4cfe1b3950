/** One wrong field: where it is (JSON pointer), which rule it broke (kebab-case), and the words for it. */
export interface InvalidParam {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

export interface ProblemFacts {
  /** Kebab-case; the page `/problems/<type>` explains it. */
  readonly type: string;
  readonly status: number;
  readonly title?: string;
  readonly detail?: string;
  readonly invalidParams?: readonly InvalidParam[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body; never personal data. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** An expected failure at the HTTP edge; thrown there and turned into `application/problem+json` by `ProblemFilter`. */
export class Problem extends Error {
  readonly type: string;
  readonly status: number;
  readonly title: string | undefined;
  readonly detail: string | undefined;
  readonly invalidParams: readonly InvalidParam[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(facts: ProblemFacts) {
    super(facts.type);
    this.name = 'Problem';
    this.type = facts.type;
    this.status = facts.status;
    this.title = facts.title;
    this.detail = facts.detail;
    this.invalidParams = facts.invalidParams;
    this.headers = facts.headers ?? {};
    this.extra = facts.extra ?? {};
  }
}

export const badRequest = (type = 'bad-request', detail?: string): Problem =>
  new Problem({ type, status: 400, detail });
export const unauthorised = (type = 'unauthorised'): Problem =>
  new Problem({ type, status: 401, headers: { 'www-authenticate': 'Bearer realm="muster"' } });
export const forbidden = (type = 'forbidden', detail?: string): Problem => new Problem({ type, status: 403, detail });
/** Also for what the caller may not know exists. */
export const notFound = (type = 'not-found'): Problem => new Problem({ type, status: 404 });
export const conflict = (type = 'conflict', detail?: string): Problem => new Problem({ type, status: 409, detail });
export const gone = (type = 'gone'): Problem => new Problem({ type, status: 410 });
export const preconditionFailed = (type = 'version-stale'): Problem => new Problem({ type, status: 412 });
export const preconditionRequired = (type = 'version-required'): Problem => new Problem({ type, status: 428 });
export const unprocessable = (invalidParams: readonly InvalidParam[], type = 'invalid-fields'): Problem =>
  new Problem({ type, status: 422, invalidParams });
/** `retryAfterSeconds` is rounded up to whole seconds. */
export const tooMany = (retryAfterSeconds: number, type = 'too-many-requests'): Problem =>
  new Problem({ type, status: 429, headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) } });
export const unavailable = (retryAfterSeconds = 2, type = 'unavailable'): Problem =>
  new Problem({ type, status: 503, headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) } });
