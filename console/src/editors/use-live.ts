/** Asks for a result while somebody types: when the typing pauses, and of several answers only the last counts. */
import { useEffect, useRef, useState } from 'react'

/** Typing pauses. With the answer it stays below 300 ms for a page of 20 records. Milliseconds. */
const pauseMs = 120

interface Live<Result> {
  readonly result: Result | undefined
  readonly error: unknown
  readonly isBusy: boolean
}

/** Without an input nothing is asked. `key` says when it has changed. */
export function useLive<Result>(key: string | undefined, ask: () => Promise<Result>): Live<Result> {
  const [live, setLive] = useState<Live<Result>>({ result: undefined, error: undefined, isBusy: false })
  const latest = useRef(ask)
  latest.current = ask
  const asked = useRef(0)
  useEffect(() => {
    const mine = ++asked.current
    if (key === undefined) {
      setLive({ result: undefined, error: undefined, isBusy: false })
      return undefined
    }
    const timer = setTimeout(() => {
      setLive((before) => ({ ...before, isBusy: true }))
      latest.current().then(
        (result) => mine === asked.current && setLive({ result, error: undefined, isBusy: false }),
        (error: unknown) => mine === asked.current && setLive({ result: undefined, error, isBusy: false }),
      )
    }, pauseMs)
    return () => clearTimeout(timer)
  }, [key])
  return live
}
