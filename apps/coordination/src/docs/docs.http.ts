import { Controller, Get, Header } from '@nestjs/common';
import { Access } from '@app/access';
import { Produces } from '@app/http';
import { Renders } from '@app/web';
import { Documents } from './documents.js';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly app: string;
}

/** What programs may rely on, for machines and for people. */
@Controller()
@Access({ public: true })
export class DocsHttp {
  constructor(private readonly documents: Documents) {}

  @Get('openapi.json')
  @Produces('application/json', 'application/openapi+json', 'text/html')
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  openApi(): string {
    return this.documents.text('openapi.json');
  }

  @Get('asyncapi.yaml')
  @Produces('application/yaml', 'text/yaml', 'text/plain', 'application/json', 'text/html')
  @Header('content-type', 'application/yaml; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  asyncApi(): string {
    return this.documents.text('asyncapi.yaml');
  }

  @Get('docs')
  @Renders('docs', import.meta.url)
  page(): { readonly apps: readonly { readonly name: string; readonly operations: readonly Operation[] }[] } {
    const { paths } = JSON.parse(this.documents.text('openapi.json')) as {
      paths: Record<string, Record<string, { summary: string; description: string; tags: string[] }>>;
    };
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary, description, tags }]) => ({
        method: method.toUpperCase(),
        path,
        summary,
        description,
        app: tags[0]!,
      })),
    );
    return {
      apps: [...new Set(operations.map(({ app }) => app))].map((name) => ({
        name,
        operations: operations.filter(({ app }) => app === name),
      })),
    };
  }
}
