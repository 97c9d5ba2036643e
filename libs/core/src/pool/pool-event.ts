import type { Holder } from '../resource/close-report.js';
import type { PoolState } from './pool-state.js';

/** Why a resource was destroyed; `lease.destroy(reason)` may say anything else. */
export type RetireReason =
  | 'idle for too long'
  | 'end of lifetime'
  | 'used up'
  | 'evicted'
  | 'surplus'
  | 'invalid'
  | 'reset failed'
  | 'died'
  | 'destroyed by holder'
  | 'created too late'
  | 'pool closing'
  | 'not given back';

/** What happens to a pool. Durations are milliseconds. */
export type PoolEvent =
  | { readonly type: 'pool.started'; readonly took: number }
  | { readonly type: 'pool.state.changed'; readonly from: PoolState; readonly to: PoolState }
  | { readonly type: 'pool.resource.created'; readonly took: number }
  | {
      readonly type: 'pool.resource.destroyed';
      readonly reason: RetireReason | (string & {});
      /** What the resource told `died`, if it told anything. */
      readonly cause?: unknown;
    }
  | { readonly type: 'pool.resource.detached' }
  | { readonly type: 'pool.create.failed'; readonly error: unknown }
  | { readonly type: 'pool.validation.failed'; readonly error: unknown }
  | { readonly type: 'pool.reset.failed'; readonly error: unknown }
  | { readonly type: 'pool.destroy.failed'; readonly error: unknown }
  | { readonly type: 'pool.acquire.timeout'; readonly waited: number; readonly label: string | undefined }
  | {
      readonly type: 'pool.acquire.rejected';
      readonly reason: 'queue full' | 'draining' | 'closed' | 'creation failed';
      readonly label: string | undefined;
    }
  | { readonly type: 'pool.leak.suspected'; readonly holder: Holder }
  | { readonly type: 'pool.stalled'; readonly holders: readonly Holder[]; readonly waiting: number }
  | { readonly type: 'pool.nested.acquire'; readonly label: string | undefined; readonly stack: string | undefined }
  | { readonly type: 'pool.lease.stale'; readonly call: string }
  | { readonly type: 'pool.suspected'; readonly because: 'validation failed' | 'process was frozen' }
  | { readonly type: 'pool.resized'; readonly minSize: number; readonly maxSize: number }
  | { readonly type: 'pool.evicted'; readonly count: number }
  | PoolLeaseEvent;

/** Only for those who observe with `{ leases: true }`. */
export type PoolLeaseEvent =
  | { readonly type: 'pool.acquired'; readonly waited: number; readonly label: string | undefined }
  | { readonly type: 'pool.released'; readonly held: number; readonly label: string | undefined };

export interface PoolObserveOptions {
  /** Also each lease and release. @default false */
  readonly leases?: boolean;
}
