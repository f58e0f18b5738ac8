/** How much of one place of files a flow looks at. */

/** Of one file, which is read and never held as a whole: some hours at what a server gives. Bytes. */
export const largestFile = 64 * 1024 * 1024 * 1024
/** Names in one folder that are looked at, whether they are wanted or not: a list of them takes minutes. */
export const mostNames = 10_000_000
