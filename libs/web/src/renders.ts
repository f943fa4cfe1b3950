import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { Produces } from '@app/http';
import { RENDERS, Rendering } from './rendering.interceptor.js';

/**
 * JSON or HTML by `Accept`, from one object. `view` is `<folder>/views/<view>.njk`, the folder being the caller's: pass `import.meta.url`.
 */
export const Renders = (view: string, here: string): MethodDecorator =>
  applyDecorators(
    SetMetadata(RENDERS, { view, folder: new URL('./views/', here) }),
    Produces('application/json', 'text/html', 'application/problem+json'),
    UseInterceptors(Rendering),
  );
