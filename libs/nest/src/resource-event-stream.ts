import { type EventRecord, ResourceEvents } from '@nestjs-resources/core';
import { Injectable } from '@nestjs/common';
import { Observable } from 'rxjs';

/** What happens to the resources of this application, for those who think in Observables. */
@Injectable()
export class ResourceEventStream {
  /** Every event from the subscription on; completes when the application has stopped. */
  readonly events$: Observable<EventRecord>;

  constructor(events: ResourceEvents) {
    this.events$ = new Observable((subscriber) =>
      events.subscribe((record) => {
        subscriber.next(record);
        if (record.type === 'application.stopped') subscriber.complete();
      }),
    );
  }
}
