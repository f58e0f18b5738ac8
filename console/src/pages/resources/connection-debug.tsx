/** What goes over the wire of a connection, with its secrets masked: recorded for 15 minutes at a time, live, to download. */
import { call, explain } from '../../api/client.ts'
import { queryClient, refresh, useData, useWatched } from '../../api/queries.ts'
import { debugWords } from '../../words/connection-debug.ts'
import { paths } from '../../paths.ts'
import { collections } from '../../collections.ts'
import { saveAs } from '../../forms/download-files.ts'
import { Button } from '../../parts/button.tsx'
import { useMayWith } from '../../parts/document-rights.ts'
import { notify } from '../../parts/notices.tsx'
import { PageHead } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { Time } from '../../parts/time.tsx'
import { useParam } from '../../url-state.ts'

/** How long is recorded at a time. In milliseconds. */
const recordMs = 15 * 60_000

export function ConnectionDebugPage() {
  const _id = useParam('resourceId')
  const params = { _id }
  const { name, debugDate } = useData('getConnection', { params })
  const isOn = debugDate !== undefined && new Date(debugDate).getTime() > Date.now()
  const lines = useWatched('getConnectionDebug', { params }, () => isOn, true, true).data ?? ''
  const may = useMayWith('connections', _id)
  const set = async (on: boolean) => {
    const value = new Date(Date.now() + (on ? recordMs : -1000)).toISOString()
    try {
      await call('patchConnection', { params, body: [{ op: 'replace', path: '/debugDate', value }] })
    } catch (error) {
      notify(explain(error), true)
    }
    await refresh(queryClient, ['getConnection', 'getConnectionDebug'])
  }
  const forget = async () => {
    await call('deleteConnectionDebug', { params }).catch((error: unknown) => notify(explain(error), true))
    await refresh(queryClient, ['getConnectionDebug'])
  }
  return (
    <>
      <PageHead
        title={debugWords.title}
        crumbs={[
          { label: collections.connections.title, to: paths.resources('connections') },
          { label: name, to: paths.resource('connections', _id) },
        ]}
        detail={
          isOn ? (
            <span>
              {debugWords.until} <Time at={debugDate} />
            </span>
          ) : (
            debugWords.off
          )
        }
      >
        {lines !== '' && (
          <Button onClick={() => saveAs(new Blob([lines], { type: 'text/plain' }), 'connection-debug.txt')}>{debugWords.download}</Button>
        )}
        {lines !== '' && may('deleteConnectionDebug') && <Button onClick={() => void forget()}>{debugWords.forget}</Button>}
        {may('patchConnection') && (
          <Button kind={isOn ? 'plain' : 'primary'} onClick={() => void set(!isOn)}>
            {isOn ? debugWords.stop : debugWords.start}
          </Button>
        )}
      </PageHead>
      {lines === '' ? (
        <Empty icon="code" title={debugWords.none}>
          {debugWords.noneWhy}
        </Empty>
      ) : (
        <pre className="json tall" tabIndex={0} aria-label={debugWords.title} role="region">
          {lines}
        </pre>
      )}
    </>
  )
}
