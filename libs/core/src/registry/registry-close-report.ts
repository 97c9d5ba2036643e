import type { CloseReport, Holder } from '../resource/close-report.js';

/** The end of all resources, as one report. */
export interface RegistryCloseReport {
  /** True when everything closed in time, without an error, with nothing lent out. */
  readonly clean: boolean;
  /** Milliseconds from the call to the end. */
  readonly duration: number;
  /** Names in the order in which they were closed. */
  readonly closed: readonly string[];
  /** Names of those that had not ended when their time was over; they were left behind. */
  readonly late: readonly string[];
  /** What failed, by whom. */
  readonly errors: readonly { readonly name: string; readonly error: unknown }[];
  /** Who still held something of whom. */
  readonly holders: readonly (Holder & { readonly resource: string })[];
  /** The report of each resource that made one. */
  readonly reports: Readonly<Record<string, CloseReport>>;
}
