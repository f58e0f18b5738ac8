/** One revision of an integration: what it did or would do, and the way on: applied, canceled, gone back to, compared. */
import type { ResourceDifference } from '../../../../src/contract/operations/lifecycle/revision-diff.ts'
import { Suspense, useState } from 'react'
import type { CallResult } from '../../api/client.ts'
import { useData, useLater } from '../../api/queries.ts'
import { useMay } from '../../api/session.ts'
import { useParam } from '../../url-state.ts'
import { lifecycleWords } from '../../words/lifecycle.ts'
import { paths } from '../../paths.ts'
import { RevertIntegrationForm } from '../../forms/revert-integration.tsx'
import { Button, LinkButton } from '../../parts/button.tsx'
import { Differences } from '../../parts/diff/differences.tsx'
import { Empty, Loading } from '../../parts/states.tsx'
import { Badge } from '../../parts/status.tsx'
import { Time } from '../../parts/time.tsx'
import { OpenRevision } from './open-revision.tsx'

export type Revision = CallResult<'getIntegrationRevision'>

const words = lifecycleWords.revision

export function RevisionPage() {
  const _id = useParam('integrationId')
  const _revisionId = useParam('revisionId')
  const revision = useData('getIntegrationRevision', { params: { _id, _revisionId } })
  const { type, status, description, createdAt, fromIntegrationName, error } = revision
  const may = useMay(_id)
  const [isReverting, setReverting] = useState(false)
  const hasState = status === 'completed'
  return (
    <section aria-labelledby="revision-title">
      <div className="section-head revision-head">
        <h2 id="revision-title">{description || lifecycleWords.types[type]}</h2>
        <Badge tone={status === 'failed' ? 'error' : status === 'inprogress' ? 'accent' : 'neutral'}>
          {lifecycleWords.statuses[status]}
        </Badge>
        <span className="soft">
          {lifecycleWords.types[type]}
          {fromIntegrationName && type === 'pull' ? ` ${words.from(fromIntegrationName)}` : ''}, <Time at={createdAt} />
        </span>
        <span className="end inline">
          {hasState && (
            <LinkButton to={paths.integrationCompare(_id)} search={{ to: `${_revisionId}:${type === 'snapshot' ? 'before' : 'after'}` }}>
              {lifecycleWords.compare.act}
            </LinkButton>
          )}
          {hasState && may('revertIntegration') && <Button onClick={() => setReverting(true)}>{lifecycleWords.revert.act}</Button>}
        </span>
      </div>
      {error && (
        <p className="refusal" role="alert">
          {error}
        </p>
      )}
      {status === 'inprogress' ? (
        <OpenRevision revision={revision} />
      ) : (
        <Suspense fallback={<Loading />}>
          {status !== 'completed' ? (
            <Empty icon="cross" title={words.gone}>
              {words.goneWhy}
            </Empty>
          ) : type === 'snapshot' ? (
            <SinceSnapshot revision={revision} />
          ) : (
            <Done revision={revision} />
          )}
        </Suspense>
      )}
      {isReverting && <RevertIntegrationForm revision={revision} onClose={() => setReverting(false)} />}
    </section>
  )
}

function Done({ revision: { _id: _revisionId, _integrationId: _id } }: { readonly revision: Revision }) {
  const differences = useData('getIntegrationRevisionDiff', { params: { _id, _revisionId }, query: { format: 'changes' } })
  return (
    <Differences
      label={words.did}
      differences={differences as readonly ResourceDifference[]}
      useWhole={(isWanted) => useLater('getIntegrationRevisionDiff', { params: { _id, _revisionId } }, isWanted)}
    />
  )
}

function SinceSnapshot({ revision: { _id: to, _integrationId: _id } }: { readonly revision: Revision }) {
  const differences = useData('diffIntegration', { params: { _id }, query: { to, format: 'changes' } })
  return (
    <>
      <p className="soft lead">{words.sinceHint}</p>
      <Differences
        label={words.since}
        differences={differences as readonly ResourceDifference[]}
        useWhole={(isWanted) => useLater('diffIntegration', { params: { _id }, query: { to } }, isWanted)}
      />
    </>
  )
}
