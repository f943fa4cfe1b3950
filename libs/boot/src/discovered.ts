import type { INestApplication, Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

export interface Discovered {
  /** Every provider and controller once. */
  readonly instances: readonly object[];
  readonly controllers: readonly Type[];
}

/** What Nest has built; handlers, sweepers, feeders, vitals and the like are found by their decorators among it. */
export function discovered(nest: INestApplication): Discovered {
  const discovery = nest.get(DiscoveryService);
  const controllers = discovery.getControllers();
  const instances = new Set<object>();
  for (const { instance } of [...discovery.getProviders(), ...controllers]) {
    if (typeof instance === 'object' && instance !== null) instances.add(instance as object);
  }
  return {
    instances: [...instances],
    controllers: [...new Set(controllers.flatMap(({ metatype }) => (metatype ? [metatype as Type] : [])))],
  };
}
