/** Which integrations are direct relatives, and which id of one stands for which of the other. */

/** An id of the source, and what stands for it in the clone. */
export interface Pair {
  readonly collection: string
  readonly sourceId: string
  readonly targetId: string
}
