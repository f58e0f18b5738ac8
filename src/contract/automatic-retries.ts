/** How often a record whose error passes is sent again by itself, at the most. */
export const maxAutomaticRetries = 3
