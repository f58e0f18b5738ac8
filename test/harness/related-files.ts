/** The files of an integration as people get them, change them and send them back. */
import { archiveOf, filesIn, type Files } from './archives.ts'
import type { Related, Side } from './related.ts'

interface Sent {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the server answered
  readonly body: any
  readonly headers: Headers
}

const requestTo = ({ api, prod }: Related, side: Side, query = ''): [url: string, headers: Record<string, string>] => [
  `${api.url}/v1/integrations/${side.integration}/files${query}`,
  { authorization: 'Bearer owner-token-for-tests', ...(side.envId !== prod.envId && { 'sluice-environment': side.envId }) },
]

async function archiveFrom(related: Related, side: Side): Promise<Buffer> {
  const [url, headers] = requestTo(related, side)
  return Buffer.from(await (await fetch(url, { headers })).arrayBuffer())
}

export const filesFrom = async (related: Related, side: Side): Promise<Files> => filesIn(await archiveFrom(related, side))

export async function sendArchive(
  related: Related,
  side: Side,
  archive: Buffer,
  { query = '', headers: more = {} }: { readonly query?: string; readonly headers?: Record<string, string> } = {},
): Promise<Sent> {
  const [url, headers] = requestTo(related, side, query)
  const response = await fetch(url, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/zip', ...more },
    body: new Uint8Array(archive),
  })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : undefined, headers: response.headers }
}

export const sendFiles = async (
  related: Related,
  side: Side,
  files: Files,
  options: Parameters<typeof sendArchive>[3] = {},
): Promise<Sent> => sendArchive(related, side, await archiveOf(files), options)

/** With some fields of one file changed. */
export const withFields = (files: Files, path: string, fields: object): Files => ({
  ...files,
  [path]: JSON.stringify({ ...JSON.parse(files[path] as string), ...fields }),
})

export const withoutBase = (files: Files): Files => withFields(files, 'sluice.json', { base: undefined })
