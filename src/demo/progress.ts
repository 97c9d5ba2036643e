/** Told how far a step has come, from 0 to 1. */
export type Progress = (share: number) => void;

const WIDTH = 30;

/** The share as a bar of text. */
export function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * WIDTH);
  return '█'.repeat(full) + '░'.repeat(WIDTH - full);
}
