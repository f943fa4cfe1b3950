import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type {
  AppControllerRoute,
  AppViewRoute,
  BullBoardQueues,
  ControllerHandlerReturnType,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { within } from './within.js';

export interface BoardOptions {
  /** A Redis user who can only read: what the board does not offer, Redis refuses. */
  readonly redisUrl: string;
  /** Where the board stands on the origin, with a slash at its end. */
  readonly at: string;
  readonly title: string;
  /** The page beside it, which needs no JavaScript. */
  readonly back: { readonly text: string; readonly url: string };
}

/** A queue of any app; its keys in Redis stand under the app's name. */
export interface BoardedQueue {
  readonly app: string;
  readonly name: string;
}

export interface BoardAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  /** Its address bears a hash of the content, so a browser may keep it for ever. */
  readonly immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8',
};
const WAIT_MS = 5_000;

/**
 * bull-board over the queues of all apps, for looking only: each job, its ids, its tries. Knows no web framework; what
 * changes anything has no route here.
 */
export class QueueBoard {
  private readonly redis: Redis;
  private readonly boarded = new Map<string, Queue>();
  private readonly mount = new Mount();
  private readonly files = staticFiles();
  private readonly shell: string;
  private readonly add: (queue: BullMQAdapter) => void;

  constructor(options: BoardOptions) {
    this.redis = new Redis(options.redisUrl, { connectTimeout: 3_000, commandTimeout: 3_000, maxRetriesPerRequest: 1 });
    this.redis.on('error', () => undefined); // Each look says by itself that Redis is away.
    const uiConfig: UIConfig = {
      boardTitle: options.title,
      hideDocsLink: true,
      miscLinks: [options.back],
      locale: { lng: 'en-US' },
    };
    this.add = createBullBoard({
      queues: [],
      serverAdapter: this.mount,
      options: { uiConfig, uiBasePath: UI },
    }).addQueue;
    this.shell = shellOf(
      this.mount.entry!.handler({ basePath: options.at, uiConfig: this.mount.uiConfig }).params,
      options,
    );
  }

  /**
   * @param path below where the board stands, without a slash at its beginning
   * @param queues all that are to be seen; those not yet known join
   */
  async answer(
    path: string,
    query: Readonly<Record<string, unknown>>,
    queues: readonly BoardedQueue[],
  ): Promise<BoardAnswer | 'nothing-there' | 'redis-away'> {
    const file = this.files.get(path);
    if (file) return { status: 200, body: file.body, type: file.type, immutable: true };
    if (!path.startsWith('api/')) {
      const known = this.mount.entry!.route as string[];
      return known.some((route) => match(route, `/${path}`)) ? html(this.shell) : 'nothing-there';
    }
    for (const queue of queues) this.show(queue);
    for (const { route, handler } of this.mount.reads) {
      const params = match(route, `/${path}`);
      if (!params) continue;
      const asked = { queues: this.mount.queues, uiConfig: this.mount.uiConfig, query, params, body: {}, headers: {} };
      const answer = await within(
        WAIT_MS,
        this.read(() => handler(asked)),
      );
      return answer ? json(answer) : 'redis-away';
    }
    return 'nothing-there';
  }

  async close(): Promise<void> {
    await Promise.all([...this.boarded.values()].map((queue) => within(1_000, queue.close())));
    this.redis.disconnect();
  }

  private async read(handler: () => ReturnType<AppControllerRoute['handler']>): Promise<ControllerHandlerReturnType> {
    try {
      return await handler();
    } catch (error) {
      if (this.redis.status !== 'ready') throw error;
      return this.mount.failed(error as Error);
    }
  }

  private show({ app, name }: BoardedQueue): void {
    if (this.boarded.has(name)) return;
    // What a queue writes when it is opened belongs to the app that owns it.
    const queue = new Queue(name, {
      connection: this.redis,
      prefix: app,
      skipMetasUpdate: true,
      skipVersionCheck: true,
    });
    queue.on('error', () => undefined);
    this.boarded.set(name, queue);
    this.add(new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false, description: app }));
  }
}

const UI = dirname(
  createRequire(createRequire(import.meta.url).resolve('@bull-board/api')).resolve('@bull-board/ui/package.json'),
);

/** What bull-board hands to a web framework, kept instead of mounted. */
class Mount implements IServerAdapter {
  queues: BullBoardQueues = new Map();
  uiConfig: UIConfig = {};
  entry: AppViewRoute | null = null;
  reads: readonly { readonly route: string; readonly handler: AppControllerRoute['handler'] }[] = [];
  failed: (error: Error) => ControllerHandlerReturnType = () => ({ status: 500, body: {} });

  setQueues = (queues: BullBoardQueues): this => this.with(() => (this.queues = queues));
  setUIConfig = (config: UIConfig): this => this.with(() => (this.uiConfig = config));
  setEntryRoute = (route: AppViewRoute): this => this.with(() => (this.entry = route));
  setErrorHandler = (handler: Mount['failed']): this => this.with(() => (this.failed = handler));
  setApiRoutes = (routes: AppControllerRoute[]): this =>
    this.with(() => {
      this.reads = routes
        .filter(({ method }) => [method].flat().every((one) => one === 'get'))
        .flatMap(({ route, handler }) => [route].flat().map((one) => ({ route: one, handler })));
    });
  setViewsPath = (): this => this;
  setStaticPath = (): this => this;

  private with(set: () => unknown): this {
    set();
    return this;
  }
}

/** `/queue/:queueName` against `/queue/vetting.checks`. */
function match(route: string, path: string): Record<string, string> | null {
  const [wanted, given] = [route.split('/'), path.split('/')];
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = given[at]!;
    else if (part !== given[at]) return null;
  }
  return params;
}

const html = (body: string): BoardAnswer => ({ status: 200, type: 'text/html; charset=utf-8', body, immutable: false });
const json = ({ status = 200, body }: ControllerHandlerReturnType): BoardAnswer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(body),
  immutable: false,
});

/** Read once and found by name: no path of a request reaches the disk. */
function staticFiles(): ReadonlyMap<string, { type: string; body: Buffer }> {
  const folder = join(UI, 'dist');
  return new Map(
    readdirSync(join(folder, 'static'), { recursive: true, encoding: 'utf8' })
      .map((name) => `static/${name.replaceAll('\\', '/')}`)
      .flatMap((name) => {
        const type = TYPES[extname(name)];
        return type ? [[name, { type, body: readFileSync(join(folder, name)) }] as const] : [];
      }),
  );
}

/** bull-board's own page without what our policy forbids: a font of a foreign host, and styles that stand in the page. */
function shellOf(params: Readonly<Record<string, unknown>>, { back }: BoardOptions): string {
  const page = readFileSync(join(UI, 'dist/index.ejs'), 'utf8');
  const tags = (pattern: RegExp): string => (page.match(pattern) ?? []).join('');
  return `<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<base href="${String(params['basePath'])}">
<title>${escaped(String(params['title']))}</title>
${tags(/<link href="static\/css\/[^>]*>/g)}
</head>
<body class="preload">
<script id="__UI_CONFIG__" type="application/json">${String(params['uiConfig'])}</script>
<div id="root"></div>
<noscript><p><a href="${back.url}">${escaped(back.text)}</a></p></noscript>
${tags(/<script defer[^>]*><\/script>/g)}
</body>
</html>
`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
