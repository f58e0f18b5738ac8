/** How much time, memory and room the evaluation of what users write may take, each with its reason. */

/** Without a result, of one record or for compiling: most take less than a millisecond. Of the processor where the system tells, else by the clock. Milliseconds. */
export const recordMs = 3_000
/** For all records of one page at one step, by the clock, processes that were ended on the way included. Milliseconds. */
export const pageMs = 15_000
/** Results are handed on this often, between two records, so that what is done is kept where the next one is stopped. Milliseconds. */
export const reportMs = 50
/** After this, and after as much of the processor again, a process yields to the server where both want the processor: most evaluations are over by then. Milliseconds. */
export const slowMs = 250
/** How long a process may take to start. Milliseconds. */
export const startMs = 30_000
/** How long a page waits for a process. Milliseconds. */
export const queueMs = 60_000
/** Pages of one account that wait: its runs at once and its requests at once fit many times. */
export const maxWaiting = 500

/** Of a process. One that needs more ends, and what it was at has failed. Megabytes of the heap of V8. */
export const heapMegabytes = 256
/** Characters of JSON of one result: no request body and no page is larger. The server parses it in 30 ms. */
export const largestResult = 5_000_000
/** Characters of one line: a result with what is around it, or as many small ones. */
export const largestLine = 4 * largestResult
/** Results of a report that are joined to one line. Characters. */
export const lineLength = 256 * 1024
/** Above this a process is not used again once its page is done: its heap does not give back what one page took. Bytes, resident; a fresh one has 80 MB. */
export const tiredBytes = 192 * 1024 * 1024
/** Processes that nobody has used for this long are ended, down to one. Milliseconds. */
export const idleMs = 30_000
/** Of compiled stages that a process keeps. Bytes, and what one takes for each character of its JSON (values/bounded-cache.ts). */
export const keptBytes = 48 * 1024 * 1024
export const bytesPerCharacter = 350

/** Values of records that are handed to a process in one go (evaluation/is-cheap.ts counts them): some 3 MB of JSON, which takes 10 to 20 ms to write. */
export const atOnce = 200_000

/** Definitions that are small enough to be looked at for whether they are cheap. Characters of JSON. */
export const smallStage = 20_000
/** Templates of a stage that the server itself may read to find out whether they can work: 10 ms at the worst. Characters of all of them. */
export const quicklyRead = 1_000
/** What may be evaluated in the server itself, in values read, at the worst: 10 to 20 ms. */
export const cheapWork = 200_000
