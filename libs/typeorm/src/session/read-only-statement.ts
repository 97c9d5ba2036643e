/** Statements that read and nothing else, as far as their text tells. */
const READ = /^\s*\(?\s*(?:select|show|values|table|explain|describe|with)\b/i;

/** What makes them write or lock all the same. A function that writes is not seen. */
const WRITE =
  /\b(?:insert|update|delete|merge|into|analyze|for\s+(?:no\s+key\s+)?update|for\s+(?:key\s+)?share|lock\s+in|nextval|setval)\b/i;

/** Whether a replica can serve a statement. In doubt it cannot: the primary can serve all. */
export function isRead(sql: string): boolean {
  return READ.test(sql) && !WRITE.test(sql);
}
