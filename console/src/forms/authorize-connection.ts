/** Opens the page of an application where a person agrees that a connection may work there in their name. */
import { call, explain } from '../api/client.ts'
import { notify } from '../parts/notices.tsx'

export function useAuthorize(_id: string): () => void {
  return () => {
    // Opened with the click: a browser refuses a window that opens later.
    const opened = window.open('about:blank', '_blank')
    call('getAuthorizationURL', { params: { _id } })
      .then(({ authorizationURL }) => {
        if (opened) {
          opened.opener = null
          opened.location.href = authorizationURL
        } else location.assign(authorizationURL)
      })
      .catch((error: unknown) => {
        opened?.close()
        notify(explain(error), true)
      })
  }
}
