/** Every bound of a script, with its unit and its reason. The child process and its parent read the same numbers; the child needs nothing else of ours. */

const mb = 1024 * 1024

/** What a script itself may run, without what it waits for. A page of 1,000 records is done in milliseconds; what takes longer than this does not end. */
export const runMs = 10_000
/** What a call may take with everything it waits for: integrator-api runs exports and imports, which wait for applications. */
export const totalMs = 300_000
/** What runs longer than this without a pause yields to the server from then on. Most calls are over by then, and yield to nobody. */
export const slowMs = 500
/** How long after its bound a process may take to say that it ended the call. Then it is killed. */
export const graceMs = 1000
/** How long a call may wait for a process. Milliseconds. */
export const queueMs = 60_000
/** Calls of one account that wait at the same time: at a hundred a second for each of its processes they are gone within seconds. */
export const maxQueue = 200
/** Bytes of options and sources that the waiting calls of one account hold in memory. */
export const maxQueueBytes = 64 * mb
/** The same for all accounts together. Beyond it the account that holds most is refused, whoever came last: an account is never refused for what others hold. */
export const maxAllQueueBytes = 256 * mb

/** Processes that run scripts at once for calls by scripts, at each depth: two, so that one account leaves another a way. */
export const nestedProcesses = 2
/** Processes besides, whose calls wait for integrator-api and need no processor meanwhile: of all accounts, and of one. Some 60 MB each. */
export const waitingProcesses = 6
export const waitingOfAccount = 2
/** The same at each depth below the first. */
export const waitingNested = 2
export const waitingNestedOfAccount = 1
/** Processes that nobody has used for this long are ended, down to as many as run at once. Starting another takes some 200 ms. Milliseconds. */
export const spareMs = 1000
/** The same for those, down to one. Milliseconds. */
export const idleMs = 30_000

/** Heap of one isolate: what all scripts of an environment share in one process. In MB. */
export const isolateMB = 128
/** Resident memory of a process in the middle of a call: an isolate at its bound, its result and Node itself fit three times. */
export const maxRss = 640 * mb
/** Above this a process is not used again once its call is done. */
export const tiredRss = 320 * mb
/** Isolates in one process, each some MB when idle. */
export const maxIsolates = 8
/** Contexts in one isolate: scripts of one environment that are in use. */
export const maxContexts = 32
/** Calls that one context serves. A fresh one costs a millisecond; what scripts leave behind in theirs ends with it. */
export const callsPerContext = 1000
/** Calls after which the heap of an isolate is looked at. */
export const lookEvery = 50

/** Characters that go through a process, or an isolate, until its garbage is collected: neither counts the texts that cross, and would keep them for ever. */
export const collectEvery = 8_000_000

/** Bytes of a script, as UTF-8: its 1,000,000 characters with 4 bytes each. */
export const maxSource = 4 * mb
/** Bytes of the options of a call: a page of 5 MB as it came, as it was mapped and what was answered, and room. */
export const maxOptions = 20 * mb
/** Bytes of what a call returns: as large as a page. */
export const maxResult = 5 * mb
/** Values in a result: 5 bytes each of the largest. Beyond that a result is made to be slow. */
export const maxValues = 1_000_000
/** Objects and lists inside each other, as in bodies of requests. */
export const maxDepth = 64
/** Calls of integrator-api that one call of a script makes. */
export const maxApiCalls = 1000
/** Bytes of the arguments of one of them: what an import takes in one page. */
export const maxApiBytes = 5 * mb

/** Lines that one call writes to its console, and characters of a line. The rest is dropped. */
export const maxLogLines = 200
export const maxLogLine = 2000
/** Characters of a message and of a stack that are kept. */
export const maxMessage = 4000
export const maxStack = 8000
