/** Where a resource is in its life. `skipped`: something it depends on does not run. */
export type ResourceState = 'registered' | 'starting' | 'running' | 'failed' | 'skipped' | 'closing' | 'closed';

/** What the registry knows of one resource now. A copy. */
export interface RegisteredResource {
  readonly name: string;
  /** As the resource says; `custom` if it says nothing. */
  readonly kind: string;
  readonly state: ResourceState;
  readonly critical: boolean;
  readonly lazy: boolean;
  readonly dependsOn: readonly string[];
  readonly after: readonly string[];
  /** Why it failed or was skipped. */
  readonly error?: unknown;
  readonly resource: object;
}
