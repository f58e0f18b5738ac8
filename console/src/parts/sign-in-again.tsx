/** Asks to sign in again beside the page. */
import { useQueryClient } from '@tanstack/react-query'
import { call } from '../api/client.ts'
import { readKnownUser } from '../api/session.ts'
import { words } from '../words.ts'
import { paths } from '../paths.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

export function SignInAgain({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient()
  const goOn = async () => {
    const { user } = await call('getSession')
    // Somebody else: what is on the page is not theirs to save.
    if (user._id !== readKnownUser()) return location.assign(paths.home())
    onClose()
    await client.invalidateQueries()
  }
  return (
    <Dialog title={words.frame.sessionEnded} onClose={onClose}>
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
