/** The session ended under an open page: one signs in again beside it, and nothing that was typed is lost. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { call, whenSessionEnds } from '../api/client.ts'
import { readKnownUser } from '../api/session.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

export function SessionEnded() {
  const [isEnded, setEnded] = useState(false)
  const client = useQueryClient()
  useEffect(() => {
    whenSessionEnds(() => setEnded(true))
    return () => whenSessionEnds(() => {})
  }, [])
  if (!isEnded) return null
  const goOn = async () => {
    const { user } = await call('getSession')
    // Somebody else: what is on the page is not theirs to save.
    if (user._id !== readKnownUser()) return location.assign(paths.home())
    setEnded(false)
    await client.invalidateQueries()
  }
  return (
    <Dialog title={words.frame.sessionEnded} onClose={() => setEnded(false)}>
      <div className="dialog-body">
        <p>{words.frame.sessionEndedWhy}</p>
      </div>
      <footer>
        <a className="button primary" href={paths.signIn()} target="_blank" rel="noreferrer">
          {words.frame.signInBeside}
        </a>
        <Button onClick={() => void goOn().catch(() => {})}>{words.frame.signedInAgain}</Button>
      </footer>
    </Dialog>
  )
}
