import type { CloseReport } from '../resource/close-report.js';

/** How a node ended. */
export interface NodeEnd {
  readonly name: string;
  /** What the resource says of it. */
  readonly report?: CloseReport;
  /** What closing it failed with. */
  readonly failure?: { readonly error: unknown };
  /** It had not ended when its time was over. */
  readonly late: boolean;
}

/** What a resource says of its end, or what we have to say of it; nothing, if all went well. */
export function reportOf({ failure, late, report }: NodeEnd, duration: number): CloseReport | undefined {
  if (!failure && !late) return report;
  return { clean: false, duration, destroyed: 0, holders: [], errors: failure ? [failure.error] : [] };
}
