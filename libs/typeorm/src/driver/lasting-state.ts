/**
 * Statements that leave something behind in the connection: settings, roles, temporary tables, locks, listeners, cursors,
 * prepared statements, variables. As far as their text tells; what a function does inside is not seen.
 */
const LASTING =
  /(?:^|;)\s*(?:set\b(?!\s+(?:local|transaction|constraints)\b)|reset\b|listen\b|prepare\b(?!\s+transaction)|declare\b|load\b|use\b|lock\s+tables\b|create\s+(?:global\s+|local\s+)?temp)|\b(?:set_config|get_lock)\s*\(|\bpg_(?:try_)?advisory_lock|\binto\s+temp|@\w+\s*:=/i;

/** Characters. To read as many takes 0.3 ms, as long as to clean a connection; to read a megabyte would take 6 ms. */
const LONGEST_READ = 50_000;

/** Whether a connection that has run the statement has to be cleaned before somebody else gets it; in doubt it has. */
export function leavesState(text: string): boolean {
  return text.length > LONGEST_READ || LASTING.test(text);
}
