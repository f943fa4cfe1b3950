export interface Reply {
  readonly status: number;
  readonly retryAfter: number | null;
  readonly replayed: boolean;
  readonly body: string;
}

export type Read = { readonly reply: Reply; readonly closes: boolean } | 'more' | 'nonsense';

const header = (head: string, name: string): string | null => {
  const at = head.indexOf(`\r\n${name}:`);
  if (at < 0) return null;
  const from = at + name.length + 3;
  const end = head.indexOf('\r\n', from);
  return head.slice(from, end < 0 ? undefined : end).trim();
};

/** One HTTP/1.1 answer out of what has arrived on a connection that carries one question at a time. */
export const readReply = (received: Buffer): Read => {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return received.length > 65_536 ? 'nonsense' : 'more';
  const start = received.toString('latin1', 0, 12);
  if (!/^HTTP\/1\.[01] \d{3}$/.test(start)) return 'nonsense';
  const status = Number(start.slice(9));
  const head = received.toString('latin1', 0, end).toLowerCase();
  const body = bodyOf(received.subarray(end + 4), head, status);
  if (typeof body === 'string') return body;
  return {
    reply: {
      status,
      retryAfter: Number(header(head, 'retry-after')) || null,
      replayed: header(head, 'idempotency-replayed') === 'true',
      body: body.text,
    },
    closes: header(head, 'connection') === 'close',
  };
};

const bodyOf = (rest: Buffer, head: string, status: number): { text: string } | 'more' | 'nonsense' => {
  if (status === 204 || status === 304) return { text: '' };
  const length = header(head, 'content-length');
  if (length !== null) {
    const wanted = Number(length);
    if (!Number.isInteger(wanted) || wanted < 0) return 'nonsense';
    return rest.length < wanted ? 'more' : { text: rest.toString('utf8', 0, wanted) };
  }
  return header(head, 'transfer-encoding') === 'chunked' ? chunks(rest) : 'nonsense';
};

const chunks = (rest: Buffer): { text: string } | 'more' | 'nonsense' => {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = rest.indexOf('\r\n', at);
    if (line < 0) return 'more';
    const size = Number.parseInt(rest.toString('latin1', at, line), 16);
    if (!(size >= 0)) return 'nonsense';
    const from = line + 2;
    if (rest.length < from + size + 2) return 'more';
    if (size === 0) return { text: Buffer.concat(parts).toString('utf8') };
    parts.push(rest.subarray(from, from + size));
    at = from + size + 2;
  }
};
