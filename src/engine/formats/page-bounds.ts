/** How much a page holds. */

/** integrator.io's default. Records. */
export const defaultPageSize = 20
/** integrator.io's limit for the data of one page. Bytes. */
export const maxPageBytes = 5 * 1024 * 1024
/** Records of one page that are told of because they cannot be read: each is an error that is kept. */
export const maxFaults = 1_000
