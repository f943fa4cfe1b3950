import { expect, test } from '@jest/globals';
import { Controller, Get, Patch, Post } from '@nestjs/common';
import { Access } from './access.js';
import { routesOf } from './routes.js';

@Controller('things')
@Access({ staff: ['operator'] })
class Things {
  @Get() all(): void {}
  @Post(['', 'again']) @Access({ public: true }) make(): void {}
  helper(): void {}
}
@Controller()
class Loose {
  @Patch('/loose/:id/') change(): void {}
}

test('lists every route with its rule, the method before the class, and shows where there is none', () => {
  expect(routesOf([Things, Loose]).map(({ method, path, rule }) => [method, path, rule])).toEqual([
    ['GET', '/things', { staff: ['operator'] }],
    ['POST', '/things', { public: true }],
    ['POST', '/things/again', { public: true }],
    ['PATCH', '/loose/:id', null],
  ]);
});
