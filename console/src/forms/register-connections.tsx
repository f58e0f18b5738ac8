/** Registers connections of the account to an integration. */
import { useState } from 'react'
import { useAct, useLater } from '../api/queries.ts'
import { integrationWords } from '../words/integrations.ts'
import { Button } from '../parts/button.tsx'
import { CancelButton, Dialog } from '../parts/dialog.tsx'
import { SearchBox } from '../parts/search-box.tsx'
import { Loading, Refusal } from '../parts/states.tsx'
import { notify } from '../parts/notices.tsx'
import { Unsaved } from '../parts/unsaved.tsx'

interface RegisterConnectionsProps {
  readonly integrationId: string
  readonly registered: readonly string[]
  readonly onClose: () => void
}

export function RegisterConnectionsForm({ integrationId, registered, onClose }: RegisterConnectionsProps) {
  const all = useLater('listConnections', { query: { include: 'name,type', limit: 1000 } })
  const register = useAct('registerConnectionToIntegration', 'listIntegrationConnections', 'listTiles')
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [error, setError] = useState<unknown>()
  const others = (all.data ?? []).filter(({ _id }) => !registered.includes(_id))
  const shown = others.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
  const toggle = (id: string) => setChosen(new Set(chosen.has(id) ? [...chosen].filter((each) => each !== id) : [...chosen, id]))
  const save = async () => {
    try {
      for (const _connectionId of chosen) await register.mutateAsync({ params: { _id: integrationId, _connectionId } })
      notify(integrationWords.connections.registered(chosen.size))
      onClose()
    } catch (refusal) {
      setError(refusal)
    }
  }
  return (
    <Dialog title={integrationWords.connections.register} onClose={onClose}>
      <Unsaved isChanged={chosen.size > 0} />
      <div className="dialog-body">
        <p className="soft">{integrationWords.connections.registerHint}</p>
        {all.isPending && <Loading lines={3} />}
        {all.isSuccess && others.length === 0 && <p>{integrationWords.connections.allRegistered}</p>}
        {others.length > 0 && <SearchBox label={integrationWords.connections.search} value={search} onChange={setSearch} />}
        <ul className="choices">
          {shown.map(({ _id, name, type }) => (
            <li key={_id}>
              <label className="choice">
                <input type="checkbox" checked={chosen.has(_id)} onChange={() => toggle(_id)} />
                <span className="choice-text">{name}</span>
                <span className="soft">{type}</span>
              </label>
            </li>
          ))}
        </ul>
        <Refusal error={error ?? all.error} />
      </div>
      <footer>
        <CancelButton />
        <Button kind="primary" disabled={chosen.size === 0} busy={register.isPending} onClick={() => void save()}>
          {integrationWords.connections.registerAct}
        </Button>
      </footer>
    </Dialog>
  )
}
