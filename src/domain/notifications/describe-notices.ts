/** Says what notices are about: names, counts as they stand now, and whom it concerns. What is settled or gone by now is not told. */
import { maskTokens } from '../mask-tokens.ts'
import type { NamedDocument, Notice } from '../ports/notifications/notices.ts'
import type { Subject } from '../ports/notifications/subscriptions.ts'
import type { NotificationEvent } from '../ports/notifications/notification-event.ts'
import type { Key } from '../ports/document.ts'
import type { StepKey } from '../ports/flow-errors.ts'
import type { RowsOf } from '../ports/store.ts'
import { noIntegration } from './subscriptions.ts'

export interface Described {
  readonly event: NotificationEvent
  /** Users who have subscribed to any of these are notified. */
  readonly subjects: readonly Subject[]
  /** The one user that it is for. */
  readonly userId?: string
  /** For the owner and administrators, whether or not they have subscribed. */
  readonly isForAdministrators?: true
  /** Only users who may see this are notified. */
  readonly key: Key
  /** Whose errors they are. */
  readonly step?: StepKey
}

type DescribingRows = RowsOf<'notices' | 'accounts'>

export async function describeNotices(rows: DescribingRows, envId: string, notices: readonly Notice[]): Promise<readonly Described[]> {
  const ids = notices.flatMap(({ placeId, subjectId, detail }) => [placeId, subjectId, detail.integrationId ?? ''])
  const named = await rows.notices.findNamed(envId, unique(ids))
  const integrations = await rows.notices.findNamed(envId, unique(named.flatMap(({ integrationId }) => integrationId ?? [])))
  const documents = new Map([...named, ...integrations].map((each) => [each._id, each]))
  const failing = notices.flatMap(({ kind, placeId }) => (kind === 'errors' ? [placeId] : []))
  const counts = new Map(
    (await rows.notices.countOpen(envId, unique(failing))).map((each) => [`${each.flowId}/${each.stepId}`, each.numOpen]),
  )
  const found: Described[] = []
  for (const notice of notices) {
    const described = notice.kind === 'assignment' ? await describeAssignment(rows, notice, documents) : describe(notice, documents, counts)
    if (described) found.push(described)
  }
  return found
}

const unique = (ids: readonly string[]): string[] => [...new Set(ids)].filter((id) => id !== '')

type Documents = ReadonlyMap<string, NamedDocument>

const toNamed = ({ _id, name }: NamedDocument): { readonly _id: string; readonly name: string } => ({ _id, name: maskTokens(name) })
const timesOf = ({ firstAt, lastAt }: Notice): Pick<NotificationEvent, 'firstAt' | 'lastAt'> => ({ firstAt, lastAt })

function describe(notice: Notice, documents: Documents, counts: ReadonlyMap<string, number>): Described | undefined {
  if (notice.kind === 'connection') return describeConnection(notice, documents)
  if (notice.kind === 'license') return describeLicense(notice, documents)
  const place = describePlace(documents.get(notice.placeId), documents)
  if (!place) return undefined
  const { placeId, subjectId, num } = notice
  if (notice.kind === 'run') {
    const { jobId } = notice.detail
    return { ...place, event: { type: 'flow.run.failed', ...timesOf(notice), num, ...place.event, ...(jobId !== undefined && { jobId }) } }
  }
  const numOpen = counts.get(`${placeId}/${subjectId}`) ?? 0
  if (numOpen === 0) return undefined
  const step = documents.get(subjectId)
  return {
    ...place,
    step: { flowId: placeId, stepId: subjectId },
    event: {
      type: 'flow.errors',
      ...timesOf(notice),
      num: Math.min(num, numOpen),
      numOpen,
      ...place.event,
      step: step ? toNamed(step) : { _id: subjectId, name: subjectId },
    },
  }
}

/** A flow, an API or a tool, and who has subscribed to it. */
function describePlace(
  place: NamedDocument | undefined,
  documents: Documents,
): (Omit<Described, 'event'> & { readonly event: Pick<NotificationEvent, 'flow' | 'integration'> }) | undefined {
  if (!place) return undefined
  const integration = documents.get(place.integrationId ?? '')
  return {
    key: { collection: place.collection, id: place._id },
    subjects: [
      { kind: 'flow', id: place._id },
      { kind: 'integration', id: place.integrationId ?? noIntegration },
    ],
    event: { flow: toNamed(place), ...(integration && { integration: toNamed(integration) }) },
  }
}

function describeConnection(notice: Notice, documents: Documents): Described | undefined {
  const connection = documents.get(notice.subjectId)
  if (!connection) return undefined
  const type = notice.detail.offline ? 'connection.offline' : 'connection.online'
  return {
    key: { collection: 'connections', id: connection._id },
    subjects: [{ kind: 'connection', id: connection._id }],
    event: { type, ...timesOf(notice), num: notice.num, connection: toNamed(connection) },
  }
}

function describeLicense(notice: Notice, documents: Documents): Described | undefined {
  const { endsAt, app, integrationId = '' } = notice.detail
  const integration = documents.get(integrationId)
  if (endsAt === undefined || !integration) return undefined
  return {
    key: { collection: 'integrations', id: integrationId },
    subjects: [{ kind: 'integration', id: integrationId }],
    isForAdministrators: true,
    event: {
      type: 'license.ending',
      ...timesOf(notice),
      integration: toNamed(integration),
      license: { _id: notice.subjectId, endsAt, ...(app !== undefined && { app }) },
    },
  }
}

async function describeAssignment(rows: DescribingRows, notice: Notice, documents: Documents): Promise<Described | undefined> {
  const place = documents.get(notice.placeId)
  if (!place) return undefined
  const by = notice.detail.byUserId === undefined ? undefined : await rows.accounts.findUser(notice.detail.byUserId)
  const isIntegration = place.collection === 'integrations'
  const integration = documents.get(place.integrationId ?? '')
  return {
    key: { collection: place.collection, id: place._id },
    subjects: [],
    userId: notice.subjectId,
    event: {
      type: 'errors.assigned',
      ...timesOf(notice),
      num: notice.num,
      ...(isIntegration
        ? { integration: toNamed(place) }
        : { flow: toNamed(place), ...(integration && { integration: toNamed(integration) }) }),
      ...(by && { by: { name: by.name, email: by.email } }),
    },
  }
}
