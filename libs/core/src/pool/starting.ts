import type { CallContext } from '../resource/resource.js';
import type { CreationObserver } from './creations.js';
import type { PoolCore } from './pool-core.js';
import { PoolState } from './pool-state.js';
import { PoolClosedError, ResourceCreateError } from './pool.errors.js';
import { SlotState } from './slot.js';
import type { Supply } from './supply.js';

/**
 * Opens `minSize` resources. The first creation that fails ends it, or, by option, is tolerated: then it ends when every
 * first attempt has ended, and the pool goes on by itself.
 */
export function fill<T>(core: PoolCore<T>, supply: Supply<T>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const began = core.clock.now();
    const letGo = core.clock.hold?.();
    const end = (error?: { readonly reason: unknown }): void => {
      letGo?.();
      unwatch();
      supply.creations.observer = undefined;
      signal?.removeEventListener('abort', onAbort);
      core.started = !error;
      if (core.state === PoolState.STARTING) core.become(error ? PoolState.COLD : PoolState.RUNNING);
      if (error) return reject(error.reason as Error);
      core.emit({ type: 'pool.started', took: core.clock.now() - began });
      resolve();
    };
    const look = (): void => {
      if (core.ending) return end({ reason: new PoolClosedError(core.name) });
      const { census } = core;
      const open = census.live - census.count(SlotState.CREATING);
      if (open >= core.minSize || (tolerates && failed && census.count(SlotState.CREATING) === 0)) end();
    };
    const onAbort = (): void => end({ reason: signal?.reason });

    const tolerates = core.options.creation.onStart === 'tolerate';
    let failed = false;
    const observer: CreationObserver = {
      created: () => undefined,
      failed: (error) => {
        failed = true;
        if (!tolerates) end({ reason: new ResourceCreateError(core.name, error) });
      },
    };
    const unwatch = core.watch(look);
    supply.creations.observer = observer;
    signal?.addEventListener('abort', onAbort, { once: true });
    core.become(PoolState.STARTING);
    if (signal?.aborted) return onAbort();
    core.pump.run();
  });
}

/** Fills a pool as its registry or its user asks for it, once at a time. */
export class Starting<T> {
  private current: Promise<void> | undefined = undefined;

  constructor(
    private readonly core: PoolCore<T>,
    private readonly supply: Supply<T>,
  ) {}

  start(context: CallContext | undefined): Promise<void> {
    const { state, ending, name } = this.core;
    if (ending) return Promise.reject(new PoolClosedError(name));
    if (this.current) return this.current;
    if (state !== PoolState.COLD) return Promise.resolve();
    const filling = fill(this.core, this.supply, context?.signal);
    this.current = filling;
    void filling.then(
      () => (this.current = undefined),
      () => (this.current = undefined),
    );
    return filling;
  }
}
