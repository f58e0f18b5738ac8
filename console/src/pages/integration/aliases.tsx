/** The names by which scripts and templates of an integration call its documents. */
import { Link } from '@tanstack/react-router'
import { useData } from '../../api/queries.ts'
import type { CallResult } from '../../api/client.ts'
import { collections } from '../../collections.ts'
import { aliasWords } from '../../words/aliases.ts'
import { paths } from '../../paths.ts'
import { SearchBox } from '../../parts/search-box.tsx'
import { Empty } from '../../parts/states.tsx'
import { Table, type Column } from '../../parts/table.tsx'
import { useParam, useUrlState } from '../../url-state.ts'

type Alias = NonNullable<CallResult<'getIntegration'>['aliases']>[number]

const targets = { flows: '_flowId', exports: '_exportId', imports: '_importId', connections: '_connectionId' } as const
type Target = keyof typeof targets

const targetOf = (alias: Alias): { readonly collection: Target; readonly id: string } | undefined => {
  for (const collection of Object.keys(targets) as Target[]) {
    const id = alias[targets[collection]]
    if (id !== undefined) return { collection, id }
  }
  return undefined
}

function TargetLink({ alias }: { readonly alias: Alias }) {
  const target = targetOf(alias)
  if (!target) return <span className="soft">–</span>
  const to = target.collection === 'flows' ? paths.flow(target.id) : paths.resource(target.collection, target.id)
  return (
    <Link to={to} className="mono">
      {target.id}
    </Link>
  )
}

const columns: readonly Column<Alias>[] = [
  { id: 'alias', heading: aliasWords.alias, cell: ({ alias }) => <code title={alias}>{alias}</code> },
  { id: 'type', heading: aliasWords.type, width: '130px', cell: (alias) => collections[targetOf(alias)?.collection ?? 'flows'].one },
  { id: 'to', heading: aliasWords.to, width: '240px', cell: (alias) => <TargetLink alias={alias} /> },
  { id: 'description', heading: aliasWords.description, cell: ({ description }) => <span title={description}>{description}</span> },
]

export function IntegrationAliasesPage() {
  const { aliases = [] } = useData('getIntegration', { params: { _id: useParam('integrationId') } })
  const [search, setSearch] = useUrlState('q')
  const found = aliases.filter(({ alias = '' }) => alias.toLowerCase().includes(search.toLowerCase()))
  if (aliases.length === 0)
    return (
      <Empty icon="tag" title={aliasWords.none}>
        {aliasWords.noneWhy}
      </Empty>
    )
  return (
    <>
      <div className="toolbar">
        <SearchBox label={aliasWords.filter} value={search} onChange={setSearch} />
      </div>
      <Table label={aliasWords.label} columns={columns} rows={found} keyOf={({ alias = '' }) => alias} />
    </>
  )
}
