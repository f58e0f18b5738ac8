/** Reads the steps of a story from its page: each block of ```http is a request and what is answered, below the heading and the sentence before it. */

export interface Step {
  /** Heading, and the first line of the request. */
  readonly title: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON as it stands there; `${NAME}` in it is what an earlier step saved. */
  readonly body: string | undefined
  readonly status: number
  /** Asked again until it is answered like this. */
  readonly isAwaited: boolean
  /** Name under which the archive that is answered is kept. */
  readonly into: string | undefined
  readonly expected: string | undefined
}

const statusLine = /^(\d{3})( at last)?(?: into (\w+))?$/

export function readStory(page: string): readonly Step[] {
  return [...page.matchAll(/```http\n([^]*?)```/g)].map(({ 1: block = '', index }) => {
    const heading = [...page.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? ''
    return readStep(heading, block.trimEnd().split('\n'))
  })
}

function readStep(heading: string, lines: readonly string[]): Step {
  const [first = '', ...rest] = lines
  const [method = '', path = ''] = first.split(' ')
  const end = rest.findLastIndex((line) => statusLine.test(line))
  const [, status, awaited, into] = statusLine.exec(rest[end] ?? '') ?? []
  if (status === undefined || !path.startsWith('/')) throw new Error(`no request with its answer: ${first}`)
  const asked = rest.slice(0, end)
  const headerLines = asked.slice(0, asked.findIndex((line) => !/^[\w-]+: /.test(line)) >>> 0)
  const headers = headerLines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string])
  const textOf = (part: readonly string[]): string | undefined => part.join('\n').trim() || undefined
  return {
    title: `${heading}: ${first}`,
    method,
    path,
    headers: Object.fromEntries(headers),
    body: textOf(asked.slice(headerLines.length)),
    status: Number(status),
    isAwaited: awaited !== undefined,
    into,
    expected: textOf(rest.slice(end + 1)),
  }
}
