/** A copy of a resource's figures. `type` and `name` say whose; everything else is the resource's own. */
export interface Metrics {
  readonly type: string;
  readonly name: string;
  readonly [figure: string]: unknown;
}
