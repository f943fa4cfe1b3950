/** Which methods an address answers to; asked only when no route was found, so it may walk its list. */
export class RouteTable {
  private readonly routes: { readonly method: string; readonly pattern: RegExp }[] = [];

  add(methods: string | readonly string[], url: string): void {
    const source = url
      .split('/')
      .map((part) =>
        part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      )
      .join('/');
    const pattern = new RegExp(`^${source}/?$`);
    for (const method of [methods].flat()) this.routes.push({ method, pattern });
  }

  /** In capitals, sorted; empty when the address is unknown. */
  methodsOf(path: string): string[] {
    const clean = path.split('?', 1)[0]!;
    return [...new Set(this.routes.filter((route) => route.pattern.test(clean)).map((route) => route.method))].sort();
  }
}
