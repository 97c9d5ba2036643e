import type { Finding } from './finding.js';
import { bar, type Progress } from './progress.js';

/** Where the demo is shown. */
export interface Screen {
  /** A step begins. The result is told how far it has come. */
  begin(title: string): Progress;
  /** It has ended. */
  end(title: string, took: number, findings: readonly Finding[]): void;
}

/** A terminal: one line per step, with a bar that grows. */
export function terminalScreen(output: NodeJS.WriteStream): Screen {
  const redraw = (text: string): void => void output.write(`\r\u001b[2K${text}`);
  return {
    begin(title) {
      redraw(`  ${bar(0)}  ${title}`);
      return (share) => redraw(`  ${bar(share)}  ${title}`);
    },
    end(title, took, findings) {
      redraw(`${summary(title, took, findings)}\n`);
    },
  };
}

/** A file or a pipe: one line when a step has ended. */
export function plainScreen(output: NodeJS.WritableStream): Screen {
  return {
    begin: () => () => undefined,
    end: (title, took, findings) => void output.write(`${summary(title, took, findings)}\n`),
  };
}

function summary(title: string, took: number, findings: readonly Finding[]): string {
  const held = findings.every((finding) => finding.held);
  return `${held ? '✔' : '✘'} ${bar(1)}  ${title} (${(took / 1_000).toFixed(1)} s)`;
}
