import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface Operation {
  readonly operationId: string;
  readonly description: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: any }> };
  readonly responses: Record<
    string,
    { readonly $ref?: string; readonly content?: Record<string, { readonly schema?: object }> }
  >;
}

const text = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8');

/** What docs/openapi.json promises; `npm test -- generated` holds it to the code. */
export const document = JSON.parse(text) as {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, any>>;
};

const definitions = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as typeof document;
const read = (schema: object): z.ZodType =>
  z.fromJSONSchema({ ...schema, $defs: definitions.components['schemas'] } as never);

/** The schema of an answer's JSON; null where none is promised. */
export function promised(path: string, method: string, status: number): z.ZodType | null {
  const { responses } = definitions.paths[path]![method]!;
  const answer = responses[status] ?? responses['default']!;
  const [, component] = answer.$ref?.split('/responses/') ?? [];
  const content = (component ? definitions.components['responses']![component] : answer).content ?? {};
  const schema = content[status >= 400 ? 'application/problem+json' : 'application/json']?.schema;
  return schema ? read(schema) : null;
}

const templates = Object.keys(document.paths)
  // `/v1/ops/dead-letters/replay` stands before `/v1/ops/dead-letters/{id}`.
  .sort((a, b) => a.split('{').length - b.split('{').length)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`) }));

/** What a real answer lacks of what was promised; nothing for addresses of which the document does not tell. */
export function broken(method: string, url: string, status: number, body: unknown): string[] {
  const { pathname } = new URL(url, 'http://localhost');
  const path = templates.find(({ pattern }) => pattern.test(pathname))?.path;
  const operation = path === undefined ? undefined : document.paths[path]![method.toLowerCase()];
  if (path === undefined || !operation) return [];
  const at = `${method} ${path} ${status}`;
  if (!(status in operation.responses)) return [`${at} is not promised`];
  const result = promised(path, method.toLowerCase(), status)?.safeParse(body);
  return result?.error?.issues.map((issue) => `${at}: ${issue.path.join('.')} ${issue.message}`) ?? [];
}
