import { RequestMethod, type Type } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { routesOf, type AccessRule, type RuledRoute } from '@app/access';
import { PROBLEMS, PRODUCES } from '@app/http';
import { stringify } from 'yaml';
import { z } from 'zod';
import { applicationForm } from '../../apps/intake/src/submit/application-form.js';
import { APPS, controllersOf } from './apps.js';
import { ReturnedTypes, type Returned, type Schema } from './returned.js';

/** Read in code instead of by the route's own schema, because a form and a micro-batch share them. */
const READ_IN_CODE: Readonly<Record<string, z.ZodType>> = {
  'POST /v1/applications': applicationForm({ today: '2026-11-01', allowTestNumbers: false }),
};

/** Pages are for people; what programs call is under these. */
const FOR_PROGRAMS = /^\/(v1\/|s\/|openapi\.json|asyncapi\.yaml)/;

interface Argument {
  readonly index: number;
  readonly data?: unknown;
  readonly schema?: z.ZodType;
}

interface Found extends RuledRoute {
  readonly app: string;
  readonly controllerType: Type;
}

type Json = Schema;

/** The OpenAPI 3.1 document of all six apps behind the one origin, read from the routes that they declare; no server is needed. */
export function openApi(): Json {
  const types = new ReturnedTypes();
  const routes = APPS.flatMap(([app, module]) =>
    controllersOf(module).flatMap((controllerType) =>
      routesOf([controllerType]).map((route): Found => ({ ...route, app, controllerType })),
    ),
  ).filter(({ path, method }) => FOR_PROGRAMS.test(path) && method !== 'ALL');
  routes.sort((a, b) => (a.path === b.path ? (a.method < b.method ? -1 : 1) : a.path < b.path ? -1 : 1));
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:([A-Za-z]+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route, types);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Muster',
      version: '1.0.0',
      description:
        'Mobilises volunteers in a civil emergency. Errors are application/problem+json (RFC 9457); lists are { items, next }; POST that creates takes Idempotency-Key; PATCH takes If-Match.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: APPS.map(([name]) => ({ name })),
    paths,
    components: {
      securitySchemes: SECURITY,
      headers: HEADERS,
      schemas: { Problem: PROBLEM, ...types.components },
      responses: { problem: problem('What went wrong, and how to mend it.'), ...PROBLEM_ANSWERS },
    },
  };
}

/** The same twice: for programs, and for people who read files. */
export const openApiDocuments = (): (readonly [path: string, text: string])[] => {
  const document = openApi();
  const yaml = stringify(document, { aliasDuplicateObjects: false, lineWidth: 120 });
  return [
    ['docs/openapi.json', `${JSON.stringify(document, null, 2)}\n`],
    ['docs/openapi.yaml', `# Made from the routes by \`npm run docs\`; do not edit.\n${yaml}`],
  ];
};

const SECURITY: Json = {
  staffToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'Access token of the staff directory, audience `muster`.',
  },
  staffSession: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-muster-session',
    description: 'From /sign-in; unsafe methods also need the form’s `csrf` token.',
  },
  partnerKey: { type: 'http', scheme: 'bearer', description: 'A partner’s key, `mk_…`.' },
};

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string', description: '`/problems/<kebab-case>`; that page explains it.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The trace by which an operator finds what happened.' },
    invalidParams: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: { pointer: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

const described = (description: string, type = 'string'): Json => ({ description, schema: { type } });

const HEADERS: Json = {
  ETag: described('Goes into `If-Match` when it is changed.'),
  Location: described('Where it stands.'),
  'Idempotency-Replayed': described('`true`: the answer to an earlier try with the same key.'),
  'Retry-After': described('Seconds to wait before the next try.', 'integer'),
  RateLimit: described('What is left of the share, and when it grows again.'),
  'WWW-Authenticate': described('What to sign in with.'),
};
const headersOf = (names: readonly string[]): Json =>
  names.length === 0
    ? {}
    : { headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])) };

const problem = (description: string, ...headers: string[]): Json => ({
  description,
  ...headersOf(headers),
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const PROBLEM_HEADERS: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', 'RateLimit'],
  503: ['Retry-After'],
};

/** One answer a status: every type of problem that bears it. */
const PROBLEM_ANSWERS: Json = Object.fromEntries(
  [...new Set(Object.values(PROBLEMS))].sort().map((status) => {
    const types = Object.keys(PROBLEMS).filter((type) => PROBLEMS[type] === status);
    const says = types.map((type) => `\`/problems/${type}\``).join(', ');
    return [status, problem(`One of ${says}.`, ...(PROBLEM_HEADERS[status] ?? []))];
  }),
);

/** What can go wrong follows from what a route takes and whom it lets in. */
function problemsOf({ rule, path, method }: RuledRoute, { takesKey, takesVersion }: Returned): number[] {
  const changes = method !== 'GET';
  const takesBody = changes && method !== 'DELETE';
  const named = path.includes(':');
  return [
    400,
    // A credential that is no good is refused where none was needed, too; so is a partner's key where it may do nothing.
    401,
    ...(rule?.ownBearer ? [] : [403]),
    ...(named ? [404] : []),
    406,
    ...(changes && named ? [409] : []),
    ...(named ? [414] : []),
    ...(rule?.person || (rule?.public && takesKey) ? [410] : []),
    ...(takesVersion ? [412] : []),
    ...(takesBody ? [413, 415, 422] : []),
    ...(takesVersion ? [428] : []),
    429,
    503,
  ];
}

function operation(route: Found, types: ReturnedTypes): Json {
  const returned = types.of(route.app, route.controllerType.name, route.handler);
  const handler = (route.controllerType.prototype as Record<string, object>)[route.handler]!;
  const given = argumentsOf(route);
  const body =
    given.find(({ kind }) => kind === RouteParamtypes.BODY)?.schema ?? READ_IN_CODE[`${route.method} ${route.path}`];
  const produces = (Reflect.getMetadata(PRODUCES, handler) as string[] | undefined) ?? ['application/json'];
  const unsafe = ['POST', 'PATCH', 'PUT', 'DELETE'].includes(route.method);
  const status =
    (Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined) ??
    (Reflect.getMetadata(METHOD_METADATA, handler) === RequestMethod.POST ? 201 : 200);
  return {
    operationId: `${route.app}-${route.controller.replace(/(Http|Controller)$/, '')}-${route.handler}`,
    tags: [route.app],
    summary: sentence(route.handler),
    description: whoMay(route.rule),
    security: securityOf(route.rule),
    parameters: [
      ...[...route.path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => ({
        name,
        in: 'path',
        required: true,
        schema: schemaOf(given.find(({ kind, data }) => kind === RouteParamtypes.PARAM && data === name)?.schema),
      })),
      ...given
        .filter(({ kind, data }) => kind === RouteParamtypes.QUERY && typeof data === 'string')
        .map(({ data, schema }) => ({ name: data, in: 'query', required: false, schema: schemaOf(schema) })),
      ...(returned.takesKey
        ? [header('Idempotency-Key', 'One per thing to be made; the same key and body get the same answer.')]
        : []),
      ...(returned.takesVersion
        ? [{ ...header('If-Match', 'The ETag of what you read.'), required: returned.takesVersion === 'must' }]
        : []),
    ],
    ...(unsafe && body
      ? {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { 'application/json': { schema: schemaOf(body) } },
          },
        }
      : {}),
    responses: {
      [status]: {
        description: status === 202 ? 'Taken; what comes of it follows.' : 'Done.',
        ...headersOf(returned.sets),
        ...(returned.schema && { content: contentOf(produces, returned.schema) }),
      },
      ...Object.fromEntries(problemsOf(route, returned).map((one) => [one, { $ref: `#/components/responses/${one}` }])),
      default: { $ref: '#/components/responses/problem' },
    },
  };
}

const contentOf = (produces: readonly string[], schema: Schema): Json =>
  Object.fromEntries(
    produces
      .filter((type) => type !== 'application/problem+json')
      // A text that is given out as JSON or YAML is a document of its own.
      .map((type) => [
        type,
        {
          schema: !/json|yaml/.test(type) ? { type: 'string' } : schema.type === 'string' ? { type: 'object' } : schema,
        },
      ]),
  );

const header = (name: string, description: string): Json => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string', maxLength: 255 },
});

function argumentsOf(route: Found): (Argument & { readonly kind: RouteParamtypes })[] {
  const given = (Reflect.getMetadata(ROUTE_ARGS_METADATA, route.controllerType, route.handler) ?? {}) as Record<
    string,
    Argument
  >;
  return Object.entries(given)
    .filter(([name]) => /^[0-9]+:/.test(name))
    .map(([name, argument]) => ({ ...argument, kind: Number(name.split(':')[0]) as RouteParamtypes }));
}

const schemaOf = (schema: z.ZodType | undefined): Json => {
  if (!schema) return { type: 'string' };
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-2020-12',
  });
  return rest as Json;
};

/** `raise` → `Raise`, `moveForm` → `Move form`. */
const sentence = (handler: string): string => {
  const words = handler
    .replaceAll(/([A-Z])/g, ' $1')
    .toLowerCase()
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

function whoMay(rule: AccessRule | null): string {
  const who = [
    ...(rule?.public ? ['everybody'] : []),
    ...(rule?.person ? ['whoever holds the link'] : []),
    ...(rule?.partner ? [`partners with the scope \`${rule.partner}\``] : []),
    ...(rule?.staff ? [`staff: ${rule.staff.join(', ')}`] : []),
  ];
  return `For ${who.join('; ')}.`;
}

const securityOf = (rule: AccessRule | null): Json[] => [
  ...(rule?.public || rule?.person ? [{}] : []),
  ...(rule?.partner ? [{ partnerKey: [] }] : []),
  ...(rule?.staff ? [{ staffToken: [] }, { staffSession: [] }] : []),
];
