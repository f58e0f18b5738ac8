/** What an answer says otherwise than before, by places rather than documents: `/v1/flows/{_id} .pageGenerators[].type added`. */

interface Answered {
  readonly status: number
  readonly body?: unknown
}

export function findDifferences(path: string, before: Answered, now: Answered): readonly string[] {
  const place = path.replaceAll(/\/[0-9a-f]{24}(?=\/|$)/g, '/{_id}')
  if (before.status !== now.status) return [`${place} answered ${before.status}, and ${now.status} now`]
  return compare(before.body, now.body).map((each) => `${place} ${each}`)
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

function compare(before: unknown, now: unknown, at = ''): readonly string[] {
  if (Array.isArray(before) && Array.isArray(now)) {
    if (before.length !== now.length) return [`${at}[] has another length`]
    return before.flatMap((each, i) => compare(each, now[i], `${at}[]`))
  }
  if (isFields(before) && isFields(now))
    return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((name) => {
      const field = `${at}.${/^[0-9a-f]{24}$/.test(name) ? '{_id}' : name}`
      if (!(name in before)) return [`${field} added`]
      return name in now ? compare(before[name], now[name], field) : [`${field} gone`]
    })
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [`${at || 'body'} changed`]
}
