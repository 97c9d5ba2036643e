import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';

import { ResourceModule, type ResourceModuleOptions } from '../index.js';

/** An application of these providers, started. */
export async function start(
  options: ResourceModuleOptions,
  ...providers: (new (...args: never[]) => object)[]
): Promise<INestApplicationContext> {
  const app = await Test.createTestingModule({ imports: [ResourceModule.forRoot(options)], providers }).compile();
  return app.init();
}
