import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';

@Module({})
class Everywhere {}

@Module({})
class Root {}

export { APP_FILTER, APP_GUARD, APP_PIPE };

/** The app's module, and around it what every app may inject. */
export const rootModule = (app: Type, providers: readonly Provider[], local: readonly Provider[]): DynamicModule => ({
  module: Root,
  imports: [
    CqrsModule.forRoot(),
    DiscoveryModule,
    {
      module: Everywhere,
      global: true,
      providers: [...providers],
      exports: providers.map((provider) => (typeof provider === 'function' ? provider : provider.provide)),
    },
    app,
  ],
  providers: [...local],
});
