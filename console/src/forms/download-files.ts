/** Fetches an integration as files, into the downloads of the browser. */
import { call, explain } from '../api/client.ts'
import { notify } from '../parts/notices.tsx'

/** Names of files that every system takes. */
const fileName = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/[^\w-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 80) || 'integration'

export function useDownloadFiles({ _id, name }: { readonly _id: string; readonly name: string }): () => void {
  return () => {
    call('exportIntegrationFiles', { params: { _id } })
      .then((bytes) => saveAs(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'application/zip' }), `${fileName(name)}.zip`))
      .catch((error: unknown) => notify(explain(error), true))
  }
}

export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
