import type { RuledRoute } from '@app/access';

/** An app that is put together wrongly does not start; every fault is named. */
export class AppRefused extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`the app cannot start:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'AppRefused';
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** Every route needs a declared rule; one that lets nobody in is a mistake too. */
export const routeFaults = (routes: readonly RuledRoute[]): string[] =>
  routes.flatMap((route) => {
    const at = `${route.method} ${route.path} (${route.controller}.${route.handler})`;
    if (!route.rule) return [`${at} has no @Access rule`];
    const { public: anyone, partner, staff, person } = route.rule;
    if (!anyone && !partner && !person && !(staff && staff.length > 0)) return [`${at} lets nobody in`];
    if (person && !route.path.includes(':token')) return [`${at} is for a person, but has no :token in its path`];
    return [];
  });
