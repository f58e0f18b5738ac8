/** How long something took, in words. */

const number = new Intl.NumberFormat()
/** Tenths of a second of a minute. */
const tenthsOfMinute = 600

export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const tenths = Math.round(ms / 100)
  if (tenths < tenthsOfMinute) return `${number.format(tenths / 10)} s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
