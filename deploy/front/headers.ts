import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Headers that speak of one connection only, and those by which a stranger could pretend to be a proxy of ours. */
const NOT_PASSED = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer'],
  ...[
    'transfer-encoding',
    'upgrade',
    'http2-settings',
    'expect',
    'host',
    'forwarded',
    'via',
    'x-real-ip',
    'x-client-ip',
  ],
  ...['x-original-url', 'x-rewrite-url', 'x-http-method-override', 'x-method-override', 'true-client-ip', 'baggage'],
]);
const TRACE = new Set(['traceparent', 'tracestate']);

const noise = Buffer.alloc(24 * 256);
let used = noise.length;

/** A new sampled W3C trace; random bytes are drawn in bulk because this runs for every request. */
const newTrace = (): string => {
  if (used >= noise.length) {
    randomFillSync(noise);
    used = 0;
  }
  const trace = noise.toString('hex', used, used + 16);
  const span = noise.toString('hex', used + 16, used + 24);
  used += 24;
  return `00-${trace}-${span}-01`;
};

/** What the app gets to see: raw names and values in turn. Only who carries a credential may join a trace of his own. */
export const forwardedHeaders = (request: IncomingMessage, host: string, length: number | null): string[] => {
  const raw = request.rawHeaders;
  const named = request.headers.connection?.toLowerCase();
  const dropped = named && named !== 'keep-alive' && named !== 'close' ? new Set(named.split(/\s*,\s*/)) : null;
  const trusted = request.headers.authorization !== undefined && request.headers.traceparent !== undefined;
  const out = ['Host', host];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (NOT_PASSED.has(name) || name.startsWith('x-forwarded-') || name === 'content-length') continue;
    if (!trusted && TRACE.has(name)) continue;
    if (dropped?.has(name)) continue;
    out.push(raw[i]!, raw[i + 1]!);
  }
  if (length !== null) out.push('Content-Length', String(length));
  if (!trusted) out.push('traceparent', newTrace());
  out.push(
    'X-Forwarded-For',
    request.socket.remoteAddress ?? '127.0.0.1',
    'X-Forwarded-Proto',
    'http',
    'X-Forwarded-Host',
    host,
  );
  return out;
};

/** The app's answer without what concerned only its own connection. */
export const answeredHeaders = (raw: string[]): string[] => {
  const out: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (name === 'connection' || name === 'keep-alive' || name === 'transfer-encoding' || name === 'upgrade') continue;
    out.push(raw[i]!, raw[i + 1]!);
  }
  return out;
};
