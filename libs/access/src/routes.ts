import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ACCESS_RULE, type AccessRule } from './access.js';

export interface RuledRoute {
  readonly controller: string;
  readonly handler: string;
  readonly method: string;
  readonly path: string;
  /** Null: nobody declared who may enter, and the app refuses to start. */
  readonly rule: AccessRule | null;
}

/** Every route of the controllers with its rule: for boot's refusal, for documents, and for the role × route test. */
export function routesOf(controllers: readonly Type[]): RuledRoute[] {
  return controllers.flatMap((controller) => {
    const prefixes = [(Reflect.getMetadata(PATH_METADATA, controller) as string | string[] | undefined) ?? ''].flat();
    return methodsOf(controller).flatMap(({ name, handler }) => {
      const paths = [Reflect.getMetadata(PATH_METADATA, handler) as string | string[]].flat();
      const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
      const rule = (Reflect.getMetadata(ACCESS_RULE, handler) ??
        Reflect.getMetadata(ACCESS_RULE, controller) ??
        null) as AccessRule | null;
      return prefixes.flatMap((prefix) =>
        paths.map((path) => ({ controller: controller.name, handler: name, method, path: joined(prefix, path), rule })),
      );
    });
  });
}

/** Own and inherited methods that Nest serves. */
function methodsOf(controller: Type): { name: string; handler: object }[] {
  const found = new Map<string, object>();
  for (
    let level = controller.prototype as object;
    level && level !== Object.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      const handler: unknown = Object.getOwnPropertyDescriptor(level, name)?.value;
      if (typeof handler !== 'function' || name === 'constructor' || found.has(name)) continue;
      if (Reflect.getMetadata(PATH_METADATA, handler) !== undefined) found.set(name, handler);
    }
  }
  return [...found].map(([name, handler]) => ({ name, handler }));
}

const joined = (prefix: string, path: string): string =>
  `/${[prefix, path]
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter(Boolean)
    .join('/')}`;
