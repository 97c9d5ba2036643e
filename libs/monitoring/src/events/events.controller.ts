import { type EventPattern, type EventRecord, ResourceEvents } from '@nestjs-resources/core';
import { Get, Header, Injectable, Query } from '@nestjs/common';

import { Documented } from '../http/openapi.js';
import { integerIn, textIn } from '../http/query.js';
import { fitting } from '../http/response-size.js';

const MOST = 200;

/** A page of events. */
export interface EventPage {
  /** What to ask for next: `?after=`. */
  readonly next: number;
  /** Whether events after the given one are lost, because so many have happened since. */
  readonly missed: boolean;
  readonly items: readonly EventRecord[];
}

/** What has happened, by sequence number. */
@Injectable()
export class EventsController {
  constructor(private readonly events: ResourceEvents) {}

  @Documented('What has happened, by sequence number', { 400: 'The query makes no sense.' })
  @Get()
  @Header('Cache-Control', 'no-store')
  page(@Query() query: Readonly<Record<string, unknown>>): EventPage {
    const after = integerIn('after', query.after, { min: 0, max: Number.MAX_SAFE_INTEGER, absent: 0 });
    const limit = integerIn('limit', query.limit, { min: 1, max: MOST, absent: 100 });
    const found = this.events.since(after, patternIn(query));
    const items = fitting(found.slice(0, limit));
    const next = found.length > items.length ? items.at(-1)?.sequence : undefined;
    return {
      next: next ?? Math.max(after, this.events.lastSequence),
      missed: after > 0 && after + 1 < this.events.firstSequence,
      items,
    };
  }
}

/** `?type=pool.*&resource=smtp&kind=pool`. @throws {RequestRefused} 400 */
export function patternIn(query: Readonly<Record<string, unknown>>): EventPattern {
  const type = textIn('type', query.type);
  const resource = textIn('resource', query.resource);
  const kind = textIn('kind', query.kind);
  return { ...(type && { type }), ...(resource && { resource }), ...(kind && { kind }) };
}
