/** How much a webhook takes, with the reason of each bound. */

/** Of one request: what integrator.io takes. Bytes. */
export const maxEventBytes = 5 * 1024 * 1024
/** Events that wait for one flow: some hours of a busy shop. More are told to come later. */
export const maxQueueEvents = 2_000_000
/** What they take together, in bytes: 2 GB of the database. */
export const maxQueueBytes = 2 * 1024 * 1024 * 1024
/** Seconds that a sender is told to wait where there is no room. */
export const retryAfterSeconds = 30
/** A run that failed is followed by another one after this, in seconds. */
export const failedRunSeconds = 60
