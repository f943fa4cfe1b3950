import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { projectRoot } from './project-root.js';

export type Schema = Record<string, unknown>;

/** What a route gives to a client that reads JSON, and the headers that its own code reads and sets. */
export interface Returned {
  /** Null: an empty body. */
  readonly schema: Schema | null;
  readonly sets: readonly string[];
  readonly takesKey: boolean;
  /** `may`: in the body or in the header; whether one is needed at all, the route decides. */
  readonly takesVersion: 'must' | 'may' | null;
}

/**
 * The answers of all routes, read from the types that their methods return: the compiler already holds each method to
 * its type, so there is no second declaration that could drift from it.
 */
export class ReturnedTypes {
  private readonly checker: ts.TypeChecker;
  private readonly methods = new Map<string, ts.MethodDeclaration>();
  private readonly named = new Map<string, { type: ts.Type; schema: Schema }>();

  constructor() {
    const root = fileURLToPath(projectRoot);
    const { config } = ts.parseConfigFileTextToJson('tsconfig.json', readFileSync(`${root}tsconfig.json`, 'utf8'));
    const { options, fileNames } = ts.parseJsonConfigFileContent(
      { ...config, include: ['apps/*/src/**/*.http.ts'] },
      ts.sys,
      root,
    );
    const program = ts.createProgram(fileNames, options);
    this.checker = program.getTypeChecker();
    for (const file of program.getSourceFiles().filter(({ fileName }) => fileName.endsWith('.http.ts'))) {
      const [, app] = /\/apps\/([a-z]+)\//.exec(file.fileName) ?? [];
      for (const controller of file.statements.filter(ts.isClassDeclaration)) {
        for (const method of controller.members.filter(ts.isMethodDeclaration)) {
          this.methods.set(`${app} ${controller.name?.text} ${method.name.getText()}`, method);
        }
      }
    }
  }

  /** Types with a name of their own, each once: `#/components/schemas/…`. */
  get components(): Record<string, Schema> {
    return Object.fromEntries(
      [...this.named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { schema }]) => [name, schema]),
    );
  }

  /** @throws when the type says nothing: `object`, `unknown` or `any` is no promise to anybody */
  of(app: string, controller: string, handler: string): Returned {
    const name = `${app} ${controller} ${handler}`;
    const method = this.methods.get(name);
    if (!method) throw new Error(`${name}: no such method`);
    const signature = this.checker.getSignatureFromDeclaration(method)!;
    const type = this.checker.getAwaitedType(signature.getReturnType()) ?? signature.getReturnType();
    const code = method.getText();
    const stored = code.includes('giveAnswer(');
    return {
      schema: this.body(type, name),
      sets: [
        ...(code.includes("'etag'") ? ['ETag'] : []),
        ...(stored || code.includes("'location'") ? ['Location'] : []),
        ...(stored || code.includes("'idempotency-replayed'") ? ['Idempotency-Replayed'] : []),
      ],
      takesKey: /@IdempotencyKey\(|readIdempotencyKey\(/.test(code),
      takesVersion: code.includes('@IfMatch(') ? 'must' : /readIfMatch\(|seenBy\(/.test(code) ? 'may' : null,
    };
  }

  private body(type: ts.Type, at: string): Schema | null {
    const seen = (type.isUnion() ? type.types : [type]).flatMap((one) => this.forClients(one));
    if (seen.every((one) => one.flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined))) return null;
    for (const one of seen) {
      const saysNothing = one.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive);
      if (saysNothing)
        throw new Error(`${at}: what it returns must have a type; ${this.checker.typeToString(one)} says nothing`);
    }
    return anyOf(seen.map((one) => this.schema(one, '', at)));
  }

  /** A page gives its facts to whoever reads JSON, a redirect its body; a page of `never` is for browsers alone. */
  private forClients(type: ts.Type): ts.Type[] {
    const name = type.symbol?.name;
    const file = type.symbol?.declarations?.[0]?.getSourceFile().fileName ?? '';
    if ((name !== 'Page' && name !== 'SeeOther') || !file.endsWith('libs/web/src/answers.ts')) return [type];
    const [shown] = this.checker.getTypeArguments(type as ts.TypeReference);
    if (!shown || shown.flags & ts.TypeFlags.Never) return [];
    return shown.isUnion() ? shown.types : [shown];
  }

  private schema(type: ts.Type, member: string, at: string): Schema {
    if (type.isUnion()) return this.union(type, member, at);
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    const { flags } = type;
    if (flags & ts.TypeFlags.StringLike) return text(member);
    if (flags & ts.TypeFlags.NumberLike) return { type: 'number' };
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: this.checker.typeToString(type) === 'true' };
    if (flags & ts.TypeFlags.Null) return { type: 'null' };
    if (flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return {};
    if (flags & ts.TypeFlags.NonPrimitive) return { type: 'object' };
    if (type.symbol?.name === 'Date') return { type: 'string', format: 'date-time' };
    if (this.checker.isArrayType(type) || this.checker.isTupleType(type)) {
      const items = this.checker.getTypeArguments(type as ts.TypeReference);
      return { type: 'array', items: anyOf(items.map((one) => this.schema(one, member, at))) };
    }
    if (!(flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) || type.getCallSignatures().length > 0)
      throw new Error(`${at}: ${this.checker.typeToString(type)} has no shape in JSON`);
    const name = this.nameOf(type);
    if (name === null) return this.unnamed(type, at);
    const known = this.named.get(name);
    if (known && known.type !== type) return this.unnamed(type, at);
    if (!known) {
      const schema: Schema = {};
      this.named.set(name, { type, schema });
      Object.assign(schema, this.unnamed(type, at));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  private unnamed(type: ts.Type, at: string): Schema {
    const parts = type.isIntersection() ? type.types : [];
    if (!parts.some((one) => this.nameOf(one) !== null)) return this.object(type, at);
    return { allOf: parts.map((one) => this.schema(one, '', at)) };
  }

  private object(type: ts.Type, at: string): Schema {
    const members = this.checker.getPropertiesOfType(type).map((symbol) => {
      const value = this.checker.getTypeOfSymbol(symbol);
      const optional =
        (symbol.flags & ts.SymbolFlags.Optional) !== 0 || (value.isUnion() && value.types.some(isUndefined));
      const schema = this.schema(value, symbol.name, `${at}.${symbol.name}`);
      const says = ts.displayPartsToString(symbol.getDocumentationComment(this.checker));
      return {
        name: symbol.name,
        optional,
        schema: says && !('$ref' in schema) ? { ...schema, description: says } : schema,
      };
    });
    const rest = this.checker.getIndexTypeOfType(type, ts.IndexKind.String);
    const required = members.filter(({ optional }) => !optional).map(({ name }) => name);
    return {
      type: 'object',
      ...(members.length > 0 && { properties: Object.fromEntries(members.map(({ name, schema }) => [name, schema])) }),
      ...(required.length > 0 && { required }),
      ...(rest && { additionalProperties: this.schema(rest, '', at) }),
    };
  }

  private union(type: ts.UnionType, member: string, at: string): Schema {
    const types = type.types.filter((one) => !isUndefined(one));
    const booleans = types.filter((one) => one.flags & ts.TypeFlags.BooleanLiteral);
    const words = types.filter((one) => one.isStringLiteral());
    const others = types.filter((one) => !booleans.includes(one) && !words.includes(one as ts.StringLiteralType));
    return anyOf([
      ...(words.length > 0 ? [{ type: 'string', enum: words.map(({ value }) => value).sort() }] : []),
      ...(booleans.length === 2 ? [{ type: 'boolean' }] : booleans.map((one) => this.schema(one, member, at))),
      ...others.map((one) => this.schema(one, member, at)),
    ]);
  }

  /** The name of an interface or alias of ours; what takes type arguments has none, nor what a library made. */
  private nameOf(type: ts.Type): string | null {
    const symbol = type.aliasSymbol ?? type.symbol;
    if (type.aliasTypeArguments?.length || !symbol || !/^[A-Z]/.test(symbol.name)) return null;
    if ((type as ts.TypeReference).target && this.checker.getTypeArguments(type as ts.TypeReference).length > 0)
      return null;
    const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
    const [, app] = /\/(?:apps|libs)\/([a-z]+)\/src\//.exec(file) ?? [];
    if (!app) return null;
    const folder = basename(dirname(file));
    return [app, ...(folder === 'src' ? [] : [folder]), symbol.name].join('.');
  }
}

const isUndefined = (type: ts.Type): boolean => (type.flags & ts.TypeFlags.Undefined) !== 0;

/** The house names its members by what they hold (interfaces: ids are UUIDs, what ends in `At` is a time). */
const text = (member: string): Schema =>
  /(^id|Id)$/.test(member)
    ? { type: 'string', format: 'uuid' }
    : /(^at|At)$/.test(member)
      ? { type: 'string', format: 'date-time' }
      : { type: 'string' };

const anyOf = (schemas: readonly Schema[]): Schema => {
  const different = [...new Map(schemas.map((one) => [JSON.stringify(one), one])).values()];
  if (different.length === 1) return different[0]!;
  const [plain, other] =
    different.length === 2 ? [...different].sort((a, b) => Number(b.type === 'null') - Number(a.type === 'null')) : [];
  // `string or null` is one line shorter, and what most readers expect.
  if (plain?.type === 'null' && typeof other?.type === 'string' && !other.enum)
    return { ...other, type: [other.type, 'null'] };
  return { anyOf: different };
};
