import { AbortWatch } from '../waiting/abort-watch.js';

/**
 * The signals of callers, each listened to once, however many calls are under way for it: Node warns of a leak from the
 * eleventh listener on, and an application that hands one signal to all its calls has no leak. Knows a signal only as long as
 * a call under it is under way.
 */
export const callerAborts = new AbortWatch();
