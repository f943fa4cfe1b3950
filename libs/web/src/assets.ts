import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const govuk = join(dirname(createRequire(import.meta.url).resolve('govuk-frontend/package.json')), 'dist/govuk');
const ours = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** GDS Transport may be used on GOV.UK only: neither the faces nor the name go out. */
const withoutTransport = (css: string): string =>
  css
    .replaceAll(/@font-face\{[^}]*\}/g, '')
    .replaceAll(/"?GDS Transport"?,\s*/g, '')
    .replaceAll(/\/\*# sourceMappingURL=.*?\*\//g, '');
/** The prebuilt script registers its components and knows nothing of us. */
const script = (): string =>
  readFileSync(join(govuk, 'govuk-frontend.min.js'), 'utf8').replaceAll(/\/\/# sourceMappingURL=.*$/gm, '');

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly packed: Buffer;
}

const files = new Map<string, Asset>();
const urls = new Map<string, string>();

const add = (name: string, extension: string, type: string, text: string): void => {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const plain = Buffer.from(text);
  files.set(`${name}.${hash}.${extension}`, { type, plain, packed: gzipSync(plain) });
  urls.set(`${name}.${extension}`, `/assets/${name}.${hash}.${extension}`);
};

const build = (): void => {
  if (files.size > 0) return;
  const css = withoutTransport(readFileSync(join(govuk, 'govuk-frontend.min.css'), 'utf8'));
  add('muster', 'css', 'text/css; charset=utf-8', css + ours('../styles/muster.css'));
  add('govuk', 'js', 'text/javascript; charset=utf-8', script());
  add(
    'muster',
    'js',
    'text/javascript; charset=utf-8',
    ours('../scripts/muster.js').replace('./govuk.js', asset('govuk.js')),
  );
  add('icon', 'svg', 'image/svg+xml', ours('../styles/icon.svg'));
};

/** The address of an asset; it bears a hash of the content, so a browser may keep it for ever and apps of one build agree. */
export const asset = (name: string): string => {
  if (!urls.has(name)) build();
  const url = urls.get(name);
  if (!url) throw new Error(`there is no asset ${name}`);
  return url;
};

interface Server {
  get(
    path: string,
    handler: (
      request: { params: unknown; headers: Record<string, string | string[] | undefined> },
      reply: {
        code(status: number): unknown;
        header(name: string, value: string): unknown;
        send(body?: unknown): unknown;
      },
    ) => unknown,
  ): unknown;
}

/** Mounts `/assets/*` on the public listener. */
export const serveAssets = (server: Server): void => {
  build();
  server.get('/assets/:file', (request, reply) => {
    const file = files.get((request.params as { file: string }).file);
    if (!file) {
      reply.code(404);
      return reply.send();
    }
    reply.header('content-type', file.type);
    reply.header('cache-control', 'public, max-age=31536000, immutable');
    reply.header('vary', 'Accept-Encoding');
    reply.header('x-content-type-options', 'nosniff');
    if (!String(request.headers['accept-encoding'] ?? '').includes('gzip')) return reply.send(file.plain);
    reply.header('content-encoding', 'gzip');
    return reply.send(file.packed);
  });
};
