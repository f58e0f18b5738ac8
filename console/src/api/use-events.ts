/** Follows what happens in the environment while the page is open. What does so loads after the page itself. */
import { useEffect } from 'react'
import { readScope } from './client.ts'
import { setLiveState } from './live-state.ts'

/** With `flowId`, events of the steps of that flow's runs are included. */
export function useEvents(flowId: string | undefined): void {
  const { account, env } = readScope()
  useEffect(() => {
    const ended = new AbortController()
    import('./events.ts').then(
      ({ follow }) => follow(flowId, ended.signal),
      () => setLiveState('lost'),
    )
    return () => ended.abort()
  }, [flowId, account, env])
}
