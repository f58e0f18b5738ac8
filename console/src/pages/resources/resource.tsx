/** One document: what it says, as a form and as JSON, who uses it, who changed it. */
import { Suspense, useState } from 'react'
import type { Collection } from '../../../../src/contract/resources/index.ts'
import { callAny, callWithVersion } from '../../api/client.ts'
import { queryClient, refresh } from '../../api/queries.ts'
import { ifMatch, useVersioned, type Versioned } from '../../api/versioned.ts'
import { collections, isCollection } from '../../collections.ts'
import { words } from '../../words.ts'
import { accountWords } from '../../words/account.ts'
import { integrationWords } from '../../words/integrations.ts'
import { debugWords } from '../../words/connection-debug.ts'
import { resourceWords } from '../../words/resources.ts'
import { appWords } from '../../words/apps.ts'
import { paths } from '../../paths.ts'
import { useAuthorize } from '../../forms/authorize-connection.ts'
import { DeleteResourceForm } from '../../forms/delete-resource.tsx'
import { InstallAppForm } from '../../forms/install-app.tsx'
import { usePing } from '../../forms/ping-connection.ts'
import { AuditLog } from '../../parts/audit-table.tsx'
import { Button, LinkButton } from '../../parts/button.tsx'
import { DependentList, useDependents } from '../../parts/dependents.tsx'
import { useMayWith } from '../../parts/document-rights.ts'
import { DocumentEditor } from '../../parts/document-editor.tsx'
import { formOf } from '../../parts/document-form.tsx'
import { PageHead, Switch } from '../../parts/page.tsx'
import { Empty, Loading } from '../../parts/states.tsx'
import { OnlineStatus } from '../../parts/online-status.tsx'
import { Time } from '../../parts/time.tsx'
import { useParam, useUrlState } from '../../url-state.ts'
import { NotFoundPage } from '../not-found.tsx'
import { moreTabs } from './more-tabs.tsx'

interface AnyDocument {
  readonly _id: string
  readonly name?: string
  readonly tag?: string
  readonly lastModified: string
  readonly offline?: boolean
  readonly _integrationId?: string
  readonly http?: { readonly auth?: { readonly type?: string } }
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
  const { title, read, remove } = collections[collection]
  const loaded = useVersioned(read, input(id)) as unknown as Versioned<AnyDocument>
  const { name, tag, lastModified, offline, _integrationId, http } = loaded.result
  const may = useMayWith(collection, id, _integrationId)
  const ping = usePing()
  const authorize = useAuthorize(id)
  const [tab, setTab] = useUrlState('tab', 'definition')
  const [isDeleting, setDeleting] = useState(false)
  const [isInstalling, setInstalling] = useState(false)
  const label = name ?? tag ?? id
  const isConnection = collection === 'connections'
  const isOAuth = isConnection && http?.auth?.type === 'oauth'
  const more = moreTabs[collection] ?? []
  const Shown = more.find(({ value, operation }) => value === tab && may(operation))?.Content
  return (
    <>
      <PageHead
        title={label}
        crumbs={[{ label: title, to: paths.resources(collection) }]}
        detail={
          <span className="facts">
            {isConnection && <OnlineStatus offline={offline} />}
            <span>
              {resourceWords.changed} <Time at={lastModified} />
            </span>
            <code>{id}</code>
          </span>
        }
      >
        {isConnection && may('pingConnection') && (
          <Button icon="refresh" onClick={() => ping({ _id: id, name: label })}>
            {integrationWords.connections.ping}
          </Button>
        )}
        {isConnection && may('getConnectionDebug') && <LinkButton to={paths.connectionDebug(id)}>{debugWords.title}</LinkButton>}
        {isOAuth && may('getAuthorizationURL') && <Button onClick={authorize}>{integrationWords.connections.authorize}</Button>}
        {collection === 'connectors' && may('installConnector') && (
          <Button onClick={() => setInstalling(true)}>{appWords.install.act}</Button>
        )}
        {collection === 'templates' && may('createIntegration') && (
          <LinkButton to={paths.installTemplate(id)}>{appWords.install.act}</LinkButton>
        )}
        {may(remove) && (
          <Button icon="bin" onClick={() => setDeleting(true)}>
            {words.actions.delete}
          </Button>
        )}
      </PageHead>
      <div className="toolbar">
        <Switch
          label={resourceWords.parts}
          value={tab}
          onChange={setTab}
          options={[
            { value: 'definition', label: resourceWords.definition },
            ...more.filter(({ operation }) => may(operation)).map(({ value, label: text }) => ({ value, label: text })),
            { value: 'uses', label: resourceWords.uses },
            { value: 'audit', label: accountWords.audit.title },
          ]}
        />
      </div>
      <Suspense fallback={<Loading />}>
        {Shown ? (
          <Shown id={id} />
        ) : tab === 'uses' ? (
          <Uses collection={collection} id={id} />
        ) : tab === 'audit' ? (
          <AuditLog operation={collections[collection].audit} id={id} />
        ) : (
          <Definition collection={collection} id={id} loaded={loaded} />
        )}
      </Suspense>
      {isInstalling && <InstallAppForm connectorId={id} name={label} onClose={() => setInstalling(false)} />}
      {isDeleting && <DeleteResourceForm collection={collection} document={{ _id: id, name: label }} onClose={() => setDeleting(false)} />}
    </>
  )
}

function Definition({ collection, id, loaded }: ResourceProps & { readonly loaded: Versioned<AnyDocument> }) {
  const { one, read, update, list } = collections[collection]
  const may = useMayWith(collection, id, loaded.result._integrationId)
  return (
    <DocumentEditor
      label={resourceWords.document(one)}
      loaded={loaded}
      readOnly={!may(update)}
      form={formOf(collection, false)}
      save={(body, version) => callAny(update, { params: { _id: id }, body, ...ifMatch(version) })}
      reload={async () => {
        await refresh(queryClient, [read, list])
        return callWithVersion(read, input(id))
      }}
    />
  )
}

function Uses({ collection, id }: ResourceProps) {
  const { isSuccess, count } = useDependents(collection, id)
  if (isSuccess && count === 0)
    return (
      <Empty icon="check" title={resourceWords.unused}>
        {resourceWords.unusedWhy}
      </Empty>
    )
  return <DependentList collection={collection} id={id} />
}
