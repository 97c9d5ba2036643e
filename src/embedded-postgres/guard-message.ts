/** What the guard tells the service, over the channel that also shows each that the other lives. */
export type GuardMessage =
  | { readonly type: 'ready'; readonly url: string; readonly serverPid: number; readonly folder: string }
  | { readonly type: 'failed'; readonly reason: string };
