/**
 * Whether what was answered fits what a page shows: `…` is anything, in a list anything more, in any order; of an object what is shown counts. A text
 * `<NAME>` is anything, which is kept under that name.
 */
export function differenceIn(shown: unknown, found: unknown, saved: Map<string, unknown> = new Map(), path = ''): string | undefined {
  if (shown === '…') return found === undefined ? `${path} is missing` : undefined
  const name = typeof shown === 'string' ? /^<(\w+)>$/.exec(shown)?.[1] : undefined
  if (name !== undefined) {
    saved.set(name, found)
    return found === undefined ? `${path} is missing` : undefined
  }
  if (Array.isArray(shown)) return differenceInList(shown, found, saved, path)
  if (typeof shown !== 'object' || shown === null) return shown === found ? undefined : `${path} is ${JSON.stringify(found)}`
  if (typeof found !== 'object' || found === null) return `${path} is ${JSON.stringify(found)}`
  for (const [field, value] of Object.entries(shown)) {
    const difference = differenceIn(value, (found as Record<string, unknown>)[field], saved, `${path}.${field}`)
    if (difference !== undefined) return difference
  }
  return undefined
}

function differenceInList(shown: readonly unknown[], found: unknown, saved: Map<string, unknown>, path: string): string | undefined {
  if (!Array.isArray(found)) return `${path} is no list`
  const wanted = shown.filter((each) => each !== '…')
  if (wanted.length === shown.length && found.length !== shown.length) return `${path} has ${found.length} entries`
  for (const each of wanted) {
    const fitting = found
      .map((entry) => ({ saves: new Map<string, unknown>(), entry }))
      .find(({ entry, saves }) => differenceIn(each, entry, saves) === undefined)
    if (!fitting) return `${path} has no ${JSON.stringify(each)}`
    for (const [name, value] of fitting.saves) saved.set(name, value)
  }
  return undefined
}
