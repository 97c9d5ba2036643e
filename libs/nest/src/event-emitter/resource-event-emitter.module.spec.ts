import { describe, expect, it, jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';

import { type EventRecord, ResourceEvents, ResourceModule } from '../index.js';
import { ResourceEventEmitterModule } from './index.js';

@Injectable()
class Audit {
  readonly heard: number[] = [];
  @OnEvent('**')
  hear({ sequence }: EventRecord): void {
    this.heard.push(sequence);
  }
}

const emitter = EventEmitterModule.forRoot({ wildcard: true });
const resources = ResourceModule.forRoot({ resources: { smtp: { start: () => undefined, close: () => undefined } } });

describe('ResourceEventEmitterModule', () => {
  it.each([
    ['after', [emitter, resources, ResourceEventEmitterModule]],
    ['before', [ResourceEventEmitterModule, resources, emitter]],
  ])('hands over every event in order when it is imported %s the others', async (_where, imports) => {
    const app = await Test.createTestingModule({ imports, providers: [Audit] }).compile();
    await app.init();
    await new Promise((resolve) => setImmediate(resolve));
    await app.close();

    const events = app.get(ResourceEvents).since(0);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['resource.registered', 'resource.started', 'resource.closed', 'application.stopped']),
    );
    expect(app.get(Audit).heard).toEqual(events.map(({ sequence }) => sequence));
  });

  it('leaves no listener behind', async () => {
    const app = await Test.createTestingModule({
      imports: [emitter, resources, ResourceEventEmitterModule],
      providers: [Audit],
    }).compile();
    await app.init();
    await app.close();
    expect(app.get(EventEmitter2).listenerCount('resource.started')).toBe(0);
  });

  it('survives a listener that throws', async () => {
    const app = await Test.createTestingModule({ imports: [emitter, resources, ResourceEventEmitterModule] }).compile();
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    app.get(EventEmitter2).on('resource.started', () => {
      throw new Error('deaf');
    });
    await app.init();
    await app.close();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/deaf/);
    warn.mockRestore();
  });
});
