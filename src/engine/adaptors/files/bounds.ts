/** How much of one place of files a flow looks at. */

/** Files of one folder that an export reads, after those that it does not want by their names. */
export const maxEntries = 10_000
/** Of one file, which is read and never held as a whole: some hours at what a server gives. Bytes. */
export const largestFile = 64 * 1024 * 1024 * 1024
/** Names in one folder of a server that are looked at, whether they are wanted or not. */
export const mostNames = 1_000_000
