/** Documented operations that Sluice does not have yet, or whose rows in docs/conformance.md are not all filled. A list that only shrinks. */
export const notThereYet: ReadonlySet<string> = new Set([])
