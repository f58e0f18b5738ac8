/** How long the frames of a page take while somebody acts in it. */
import type { Page } from 'playwright-core'

export interface Frames {
  readonly perSecond: number
  /** Milliseconds. */
  readonly longestMs: number
}

/** Times between frames are gathered in the page itself. */
const start = `globalThis.frames = { times: [], on: true }
requestAnimationFrame(function look(at) {
  frames.times.push(at)
  if (frames.on) requestAnimationFrame(look)
})`

export async function framesWhile(page: Page, act: () => Promise<void>): Promise<Frames> {
  await page.evaluate(start)
  await act()
  const times = await page.evaluate<readonly number[]>(`(() => { frames.on = false; return frames.times })()`)
  const lengths = times.slice(1).map((time, i) => time - (times[i] ?? time))
  const all = lengths.reduce((sum, length) => sum + length, 0)
  return { perSecond: (lengths.length / all) * 1000, longestMs: Math.max(...lengths) }
}
