/** What happens to a background task. */
export type TaskEvent =
  | { readonly type: 'task.started' }
  | { readonly type: 'task.failed'; readonly error: unknown; readonly restarts: number }
  | { readonly type: 'task.restarting'; readonly delay: number }
  | { readonly type: 'task.completed' }
  | { readonly type: 'task.stopped' };
