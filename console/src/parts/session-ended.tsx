/** The session ended under an open page: one signs in again beside it, and nothing that was typed is lost. */
import { lazy, Suspense, useEffect, useState } from 'react'
import { whenSessionEnds } from '../api/client.ts'

const load = () => import('./sign-in-again.tsx')
const SignInAgain = lazy(async () => ({ default: (await load()).SignInAgain }))

export function SessionEnded() {
  const [isEnded, setEnded] = useState(false)
  useEffect(() => {
    // It is here before it is needed: by then the server may have other files.
    void load()
    whenSessionEnds(() => setEnded(true))
    return () => whenSessionEnds(() => {})
  }, [])
  return <Suspense>{isEnded && <SignInAgain onClose={() => setEnded(false)} />}</Suspense>
}
