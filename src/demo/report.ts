import type { Finding } from './finding.js';

export interface StepReport {
  readonly title: string;
  /** Milliseconds. */
  readonly took: number;
  readonly findings: readonly Finding[];
}

/** Whether every step held. */
export function allHeld(reports: readonly StepReport[]): boolean {
  return reports.every(({ findings }) => findings.every(({ held }) => held));
}

/** What was seen, by whom, and whether it is as it must be. */
export function asTable(reports: readonly StepReport[]): string {
  const rows = reports.flatMap(({ title, findings }) => [
    [title, '', '', '', ''],
    ...findings.map(({ what, seen, expected, witness, held }) => [
      `  ${what}`,
      seen,
      expected,
      witness,
      held ? '✔' : '✘',
    ]),
  ]);
  return columns([['', 'seen', 'expected', 'seen by', ''], ...rows]);
}

function columns(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]): string =>
    row
      .map((cell, column) =>
        column === 1 || column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
