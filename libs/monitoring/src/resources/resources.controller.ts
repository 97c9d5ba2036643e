import { ResourceMonitor, ResourceNotFoundError } from '@nestjs-resources/core';
import { Get, Header, Injectable, NotFoundException, Param, Query } from '@nestjs/common';

import { unoBody } from '../http/uno-body.js';

/** What is known of the resources, in Uno's shapes. */
@Injectable()
export class ResourcesController {
  constructor(private readonly monitor: ResourceMonitor) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  list(@Query('include_history') includeHistory?: string): unknown {
    return unoBody(this.monitor.getMetrics(undefined, { includeHistory: includeHistory === 'true' }));
  }

  @Get(':name')
  @Header('Cache-Control', 'no-store')
  one(@Param('name') name: string, @Query('include_history') includeHistory?: string): unknown {
    try {
      return unoBody(this.monitor.getResource(name, { includeHistory: includeHistory === 'true' }));
    } catch (error) {
      if (error instanceof ResourceNotFoundError) throw new NotFoundException(error.message);
      throw error;
    }
  }
}
