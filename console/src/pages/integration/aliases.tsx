/** The names by which scripts and templates of an integration call its documents. */
import { Link } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { findTarget, useAliasTargets, type Alias } from '../../api/alias-targets.ts'
import { changeIntegration } from '../../api/integration-list.ts'
import { useData } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { collections } from '../../collections.ts'
import { words } from '../../words.ts'
import { aliasWords } from '../../words/aliases.ts'
import { paths } from '../../paths.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { MoreMenu } from '../../parts/menu.tsx'
import { notify } from '../../parts/notices.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { useParam, useUrlState } from '../../url-state.ts'

const AddAliasForm = lazy(async () => ({ default: (await import('../../forms/edit-alias.tsx')).AddAliasForm }))
const EditAliasForm = lazy(async () => ({ default: (await import('../../forms/edit-alias.tsx')).EditAliasForm }))

type Targets = ReturnType<typeof useAliasTargets>
type Open = { readonly act: 'add' } | { readonly act: 'edit' | 'remove'; readonly name: string }

export function IntegrationAliasesPage() {
  const integrationId = useParam('integrationId')
  const { aliases = [], _connectorId } = useData('getIntegration', { params: { _id: integrationId } })
  const targets = useAliasTargets(integrationId)
  // Those of an app are its publisher's.
  const mayChange = useMay(integrationId)('updateIntegration') && _connectorId === undefined
  const [search, setSearch] = useUrlState('q')
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  const found = aliases.filter(({ alias = '' }) => alias.toLowerCase().includes(search.toLowerCase()))
  const add = mayChange && (
    <Button kind="primary" icon="plus" onClick={() => setOpen({ act: 'add' })}>
      {aliasWords.add}
    </Button>
  )
  return (
    <>
      {aliases.length === 0 ? (
        <Empty icon="tag" title={aliasWords.none} action={add}>
          {aliasWords.noneWhy}
        </Empty>
      ) : (
        <>
          <div className="toolbar">
            <SearchBox label={aliasWords.filter} value={search} onChange={setSearch} />
            {add}
          </div>
          <Table
            label={aliasWords.label}
            columns={[...columnsOf(targets), ...(mayChange ? [actsColumn(setOpen)] : [])]}
            rows={found}
            keyOf={({ alias = '' }) => alias}
          />
        </>
      )}
      <Suspense>
        {open?.act === 'add' && <AddAliasForm integrationId={integrationId} onClose={close} />}
        {open?.act === 'edit' && <EditAliasForm integrationId={integrationId} name={open.name} onClose={close} />}
        {open?.act === 'remove' && <RemoveAlias integrationId={integrationId} name={open.name} onClose={close} />}
      </Suspense>
    </>
  )
}

const columnsOf = (targets: Targets): readonly Column<Alias>[] => [
  { id: 'alias', heading: aliasWords.alias, cell: ({ alias }) => <code title={alias}>{alias}</code> },
  { id: 'type', heading: aliasWords.type, width: '130px', cell: (alias) => collections[findTarget(alias)?.collection ?? 'flows'].one },
  { id: 'to', heading: aliasWords.to, cell: (alias) => <TargetLink alias={alias} targets={targets} /> },
  { id: 'description', heading: aliasWords.description, cell: ({ description }) => <span title={description}>{description}</span> },
]

const actsColumn = (open: (what: Open) => void): Column<Alias> => ({
  id: 'acts',
  heading: words.actions.more,
  hidesHeading: true,
  width: '56px',
  cell: ({ alias: name = '' }) => (
    <MoreMenu
      label={`${words.actions.more}: ${name}`}
      items={[
        { label: aliasWords.editAct, icon: 'gear', onSelect: () => open({ act: 'edit', name }) },
        { label: aliasWords.remove, icon: 'bin', danger: true, onSelect: () => open({ act: 'remove', name }) },
      ]}
    />
  ),
})

function TargetLink({ alias, targets }: { readonly alias: Alias; readonly targets: Targets }) {
  const target = findTarget(alias)
  if (!target) return <span className="soft">–</span>
  const { collection, id } = target
  const name = targets[collection].find(({ _id }) => _id === id)?.name ?? id
  return (
    <Link to={collection === 'flows' ? paths.flow(id) : paths.resource(collection, id)} title={name}>
      {name}
    </Link>
  )
}

interface RemoveAliasProps {
  readonly integrationId: string
  readonly name: string
  readonly onClose: () => void
}

function RemoveAlias({ integrationId, name, onClose }: RemoveAliasProps) {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const remove = async () => {
    setBusy(true)
    try {
      await changeIntegration(integrationId, ({ aliases = [] }) => ({ aliases: aliases.filter(({ alias }) => alias !== name) }))
      notify(aliasWords.removed(name))
      onClose()
    } catch (refusal) {
      setError(refusal)
      setBusy(false)
    }
  }
  return (
    <Confirm
      title={aliasWords.removeTitle(name)}
      action={aliasWords.remove}
      kind="danger"
      busy={isBusy}
      error={error}
      onConfirm={() => void remove()}
      onClose={onClose}
    >
      <p>{aliasWords.removeWhy}</p>
    </Confirm>
  )
}
