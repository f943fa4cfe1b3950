/** Which methods an address answers to; asked only when no route was found, so it may walk its list. */
export class RouteTable {
  private readonly routes: { readonly method: string; readonly pattern: RegExp; readonly openness: string }[] = [];

  add(methods: string | readonly string[], url: string): void {
    const parts = url.split('/');
    const source = parts
      .map((part) =>
        part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      )
      .join('/');
    const pattern = new RegExp(`^${source}/?$`);
    const openness = parts.map((part) => (part.startsWith(':') ? 1 : part === '*' ? 2 : 0)).join('');
    for (const method of [methods].flat()) this.routes.push({ method, pattern, openness });
  }

  /** In capitals, sorted; empty when the address is unknown. What is literal stands before a parameter, that before a wildcard. */
  methodsOf(path: string): string[] {
    const clean = path.split('?', 1)[0]!;
    const fitting = this.routes.filter((route) => route.pattern.test(clean));
    const [closest] = fitting.map(({ openness }) => openness).sort();
    return [...new Set(fitting.filter(({ openness }) => openness === closest).map(({ method }) => method))].sort();
  }
}
