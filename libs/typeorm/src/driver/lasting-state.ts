const VERBS =
  /\s*(?:set\b(?!\s+(?:local|transaction|constraints)\b)|reset\b|listen\b|prepare\b(?!\s+transaction)|declare\b|load\b|use\b|lock\s+tables\b|create\s+(?:global\s+|local\s+)?temp)/
    .source;

/**
 * Characters. A longer text is not read but taken to leave something behind: to clean its connection costs less than it does
 * itself, and to read an odd one would hold up the process by some ten nanoseconds for each character.
 */
const LONGEST_READ = 250_000;

/**
 * One for each beginning of a statement, and for each word: such an expression skips most of a text unread, where one for all
 * would look at each character. The longest that is read takes an eighth of a millisecond so, and one, if it is an odd one: all
 * semicolons.
 */
const FIRST = new RegExp(`^${VERBS}`, 'i');
const LATER = new RegExp(`;${VERBS}`, 'i');
const CALL = /\b(?:set_config|get_lock)\s*\(/i;
const ADVISORY_LOCK = /\bpg_(?:try_)?advisory_lock/i;
const INTO_TEMPORARY = /\binto\s+temp/i;
const ASSIGNMENT = /@\w+\s*:=/;

/**
 * Whether a connection that has run the statement has to be cleaned before somebody else gets it: settings, roles, temporary
 * tables, locks, listeners, cursors, prepared statements, variables. As far as its text tells; what a function does inside is
 * not seen.
 */
export function leavesState(text: string): boolean {
  return (
    text.length > LONGEST_READ ||
    FIRST.test(text) ||
    (text.includes(';') && LATER.test(text)) ||
    CALL.test(text) ||
    ADVISORY_LOCK.test(text) ||
    INTO_TEMPORARY.test(text) ||
    (text.includes(':=') && ASSIGNMENT.test(text))
  );
}
