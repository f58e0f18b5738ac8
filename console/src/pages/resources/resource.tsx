/** One document: what it says as JSON, who uses it, who changed it. */
import { Link } from '@tanstack/react-router'
import { Suspense, useState } from 'react'
import type { Collection } from '../../../../src/contract/resources/index.ts'
import { callAny, callWithVersion } from '../../api/client.ts'
import { queryClient, refresh, useData } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { ifMatch, useVersioned, type Versioned } from '../../api/versioned.ts'
import { collections, isCollection } from '../../collections.ts'
import { words } from '../../words.ts'
import { paths } from '../../paths.ts'
import { DeleteResourceForm } from '../../forms/delete-resource.tsx'
import { usePing } from '../../forms/ping-connection.ts'
import { AuditFilters, AuditTable, useAuditQuery } from '../../parts/audit-table.tsx'
import { Button, LinkButton } from '../../parts/button.tsx'
import { DocumentEditor } from '../../parts/document-editor.tsx'
import { PageHead, Switch } from '../../parts/page.tsx'
import { Empty, Loading } from '../../parts/states.tsx'
import { OnlineStatus } from '../../parts/status.tsx'
import { Time } from '../../parts/time.tsx'
import { useParam, useUrlState } from '../../url-state.ts'
import { NotFoundPage } from '../not-found.tsx'

interface AnyDocument {
  readonly _id: string
  readonly name?: string
  readonly tag?: string
  readonly lastModified: string
  readonly offline?: boolean
  readonly _integrationId?: string
}

export function ResourcePage() {
  const collection = useParam('collection')
  const id = useParam('resourceId')
  return isCollection(collection) ? <Resource key={`${collection}/${id}`} collection={collection} id={id} /> : <NotFoundPage />
}

interface ResourceProps {
  readonly collection: Collection
  readonly id: string
}

/** Operations of documents whose type is known only here: all of them take an id. */
const input = (id: string) => ({ params: { _id: id } }) as never

function Resource({ collection, id }: ResourceProps) {
  const { title, read, remove, icon } = collections[collection]
  const loaded = useVersioned(read, input(id)) as unknown as Versioned<AnyDocument>
  const { name, tag, lastModified, offline, _integrationId } = loaded.result
  const may = useMay(_integrationId)
  const ping = usePing()
  const [tab, setTab] = useUrlState('tab', 'definition')
  const [isDeleting, setDeleting] = useState(false)
  const label = name ?? tag ?? id
  const isConnection = collection === 'connections'
  return (
    <>
      <PageHead
        title={label}
        crumbs={[{ label: title, to: paths.resources(collection) }]}
        detail={
          <span className="facts">
            {isConnection && <OnlineStatus offline={offline} />}
            <span>
              {words.resources.changed} <Time at={lastModified} />
            </span>
            <code>{id}</code>
          </span>
        }
      >
        {isConnection && may('pingConnection') && (
          <Button icon="refresh" onClick={() => ping({ _id: id, name: label })}>
            {words.connections.ping}
          </Button>
        )}
        {isConnection && <LinkButton to={paths.connectionDebug(id)}>{words.debug.title}</LinkButton>}
        {may(remove) && (
          <Button icon="bin" onClick={() => setDeleting(true)}>
            {words.actions.delete}
          </Button>
        )}
      </PageHead>
      <div className="toolbar">
        <Switch
          label={words.resources.parts}
          value={tab}
          onChange={setTab}
          options={[
            { value: 'definition', label: words.resources.definition },
            { value: 'uses', label: words.resources.uses },
            { value: 'audit', label: words.audit.title },
          ]}
        />
      </div>
      <Suspense fallback={<Loading />}>
        {tab === 'uses' ? (
          <Uses collection={collection} id={id} />
        ) : tab === 'audit' ? (
          <History collection={collection} id={id} />
        ) : (
          <Definition collection={collection} id={id} loaded={loaded} />
        )}
      </Suspense>
      {isDeleting && (
        <DeleteResourceForm collection={collection} document={{ _id: id, name: label }} icon={icon} onClose={() => setDeleting(false)} />
      )}
    </>
  )
}

function Definition({ collection, id, loaded }: ResourceProps & { readonly loaded: Versioned<AnyDocument> }) {
  const { one, read, update, list } = collections[collection]
  const may = useMay(loaded.result._integrationId)
  return (
    <DocumentEditor
      label={words.resources.document(one)}
      loaded={loaded}
      readOnly={!may(update)}
      save={(body, version) => callAny(update, { params: { _id: id }, body, ...ifMatch(version) })}
      reload={async () => {
        await refresh(queryClient, [read, list])
        return callWithVersion(read, input(id))
      }}
    />
  )
}

function History({ collection, id }: ResourceProps) {
  const query = useAuditQuery()
  const entries = useData(collections[collection].audit as 'listFlowAudit', { params: { _id: id }, query })
  return (
    <>
      <AuditFilters />
      <AuditTable entries={entries} />
    </>
  )
}

function Uses({ collection, id }: ResourceProps) {
  const users = useData(collections[collection].dependencies as 'listFlowDependencies', { params: { _id: id } }) as Readonly<
    Record<string, readonly { readonly id: string; readonly name?: string }[]>
  >
  const types = Object.entries(users).filter(([, list]) => list.length > 0)
  if (types.length === 0)
    return (
      <Empty icon="check" title={words.resources.unused}>
        {words.resources.unusedWhy}
      </Empty>
    )
  return (
    <>
      {types.map(([type, list]) => (
        <section key={type} className="section">
          <h2>{isCollection(type) ? collections[type].title : type}</h2>
          <ul className="card link-list">
            {list.map((each) => (
              <li key={each.id}>
                <Link
                  to={
                    type === 'flows'
                      ? paths.flow(each.id)
                      : type === 'integrations'
                        ? paths.integrationFlows(each.id)
                        : paths.resource(type, each.id)
                  }
                >
                  {each.name ?? each.id}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}
