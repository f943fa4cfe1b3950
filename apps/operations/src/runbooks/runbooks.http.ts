import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Param } from '@nestjs/common';
import { Access } from '@app/access';
import { notFound } from '@app/http';
import { Renders } from '@app/web';
import { DESK, LOOKERS } from '../desk/desk.js';
import { readMarkdown, type Block } from './markdown.js';

/** `docs/runbooks` of the project, from the sources and from the build alike. */
function folder(): string | null {
  for (let here = dirname(fileURLToPath(import.meta.url)); here !== dirname(here); here = dirname(here)) {
    const docs = join(here, 'docs', 'runbooks');
    if (existsSync(docs)) return docs;
  }
  return null;
}

/** What to do about each alert; read once at start. Written in English, as the rest of the documents. */
@Controller('ops/runbooks')
@Access(LOOKERS)
export class RunbooksController {
  private readonly books = read();

  @Get()
  @Renders('runbooks', DESK)
  all(): { items: string[] } {
    return { items: [...this.books.keys()].sort() };
  }

  @Get(':code')
  @Renders('runbook', DESK)
  one(@Param('code') code: string): { code: string; blocks: readonly Block[] } {
    const blocks = this.books.get(code);
    if (!blocks) throw notFound();
    return { code, blocks };
  }
}

function read(): Map<string, Block[]> {
  const docs = folder();
  if (docs === null) return new Map();
  const names = readdirSync(docs).filter((name) => /^[a-z][a-z-]*\.md$/.test(name));
  return new Map(names.map((name) => [name.slice(0, -3), readMarkdown(readFileSync(join(docs, name), 'utf8'))]));
}
