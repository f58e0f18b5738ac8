/** Bytes that flows keep on the way: removed when their time is over. */
import type { World } from '../context.ts'

/** Parts that one statement removes, 256 MB at the most; statements of one look. */
const partsAtOnce = 256
const mostStatements = 20

export async function purgeBlobs({ store, now }: Pick<World, 'store' | 'now'>): Promise<void> {
  for (let statements = 0; statements < mostStatements; statements++) {
    if ((await store.blobs.purge(now().toISOString(), partsAtOnce)) < partsAtOnce) return
  }
}
