/** Installs the packaged resources of an app: copies of what its template integration has, for the edition, in the environment of the installation. */
import { resources, type Collection } from '../../contract/resources/index.ts'
import { closureOf, type Closure } from '../clone/closure.ts'
import { boundConnections, copyOf, stacksOf, type Copy } from '../clone/copy.ts'
import { DomainError } from '../errors.ts'
import type { Context, Doc, Key, Rows } from '../ports.ts'
import type { Installation } from '../ports/apps.ts'
import type { Insertion, Member, Pair } from '../ports/clones.ts'
import { refusalOf, referencesOf } from '../references.ts'
import { registerUsed } from '../registered-connections.ts'
import { stopFlows } from '../rules/flow.ts'
import { templateOf } from './editions.ts'

const keyOf = ({ collection, id }: Key): string => `${collection}/${id}`

/** The publisher's template with all that it needs. */
export async function templateClosure(rows: Rows, connectorEnvId: string, connector: Doc): Promise<Closure> {
  const template = templateOf(connector)
  const isThere = template !== undefined && (await rows.documents.find(connectorEnvId, 'integrations', template))
  if (!isThere)
    throw new DomainError('invalid_integration_app', 'The Integration App has no integration that installations are copies of.', '_id')
  return closureOf(rows, connectorEnvId, 'integrations', template)
}

/** Copies what the installation does not have yet of the resources that these flows need; of all where no flows are named. */
export async function installPackage(
  rows: Rows,
  ctx: Context,
  { installation, connector }: { installation: Installation; connector: Doc },
  flows: readonly string[] | undefined,
): Promise<void> {
  const { integrationId, rootId, connectorId, connectorEnvId } = installation
  const { envId } = ctx.caller
  const closure = await templateClosure(rows, connectorEnvId, connector)
  const chosen = membersFor(closure, flows)
  // A child works over the connections of its parent where it has none of its own.
  const inherited = rootId === integrationId ? [] : await presentPairs(rows, envId, rootId, ['connections'])
  const known = new Map([...inherited, ...(await presentPairs(rows, envId, integrationId))])
  const standing = new Map([...known, ...ofPublisher(closure), [closure.root.entry.doc._id, integrationId]])
  const copy = copyOf(
    { root: closure.root, members: chosen },
    {
      connectionMap: new Map(),
      crossing: true,
      standing,
      envId,
      userId: ctx.caller.userId,
      at: ctx.now().toISOString(),
      newId: ctx.newId,
      rootFields: {},
      integrationId,
    },
  )
  const documents = copy.documents.map((each) => ownedBy(each, connectorId, integrationId))
  await insert(rows, envId, documents, copy)
  await rows.clones.addPairs({ envId, integrationId }, copy.pairs)
  const ids = new Map(copy.pairs.map(({ sourceId, targetId }) => [sourceId, targetId]))
  await registerUsed(rows, ctx, integrationId, boundConnections({ root: closure.root, members: chosen }, ids))
  await rows.apps.setPackaged(envId, integrationId)
}

/** Scripts and stacks stay where the publisher has them. */
const ofPublisher = (closure: Closure): readonly (readonly [string, string])[] =>
  [...closure.members.filter(({ collection }) => collection === 'scripts').map(({ entry }) => entry.doc._id), ...stacksOf(closure)].map(
    (id) => [id, id] as const,
  )

async function insert(rows: Rows, envId: string, documents: readonly Insertion[], { needed }: Copy): Promise<void> {
  const elsewhere: ReadonlySet<string> = new Set(['scripts', 'stacks', 'connectors'])
  const absent = await rows.clones.insert(
    envId,
    documents,
    needed.filter(({ collection }) => !elsewhere.has(collection)),
  )
  if (absent.length > 0) throw refusalOf(absent.map((key) => ({ ...key, path: '_id' })))
}

/** What is installed of the template, and still there: by the id that it has in the template. */
async function presentPairs(
  rows: Rows,
  envId: string,
  integrationId: string,
  only?: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const all = await rows.clones.pairs({ envId, integrationId })
  const pairs = only ? all.filter(({ collection }) => only.includes(collection)) : all
  const documents = pairs.filter(({ collection }) => collection in resources)
  const there = new Set((await rows.apps.present(envId, documents.map(targetOf))).map(keyOf))
  const isThere = (pair: Pair): boolean => !(pair.collection in resources) || there.has(keyOf(targetOf(pair)))
  return new Map(pairs.filter(isThere).map(({ sourceId, targetId }) => [sourceId, targetId]))
}

const targetOf = ({ collection, targetId }: Pair): Key => ({ collection, id: targetId })

/** Stamped as the app's. Types that belong to no integration otherwise do now. */
function ownedBy({ collection, entry }: Insertion, connectorId: string, integrationId: string): Insertion {
  const { stored } = resources[collection]
  const fields = ['_connectorId', '_integrationId'].filter((field) => field in stored.properties)
  const stamps = Object.fromEntries(fields.map((field) => [field, field === '_connectorId' ? connectorId : integrationId]))
  const doc = { ...entry.doc, ...stamps }
  return { collection, entry: { ...entry, doc }, references: referencesOf(stored, doc) }
}

/** Without the flows that are not named, and without what only they need. */
export function membersFor({ root, members }: Closure, flows: readonly string[] | undefined): readonly Member[] {
  if (flows === undefined) return members
  const isFlow = ({ collection }: Member): boolean => collection === 'flows'
  const excluded = members.filter((member) => isFlow(member) && !flows.includes(member.entry.doc._id))
  const needed = reachedFrom(
    members,
    members.filter((member) => isFlow(member) && flows.includes(member.entry.doc._id)),
  )
  const dropped = reachedFrom(members, excluded)
  return members.filter((member) => member === root || needed.has(member) || !dropped.has(member))
}

function reachedFrom(members: readonly Member[], from: readonly Member[]): ReadonlySet<Member> {
  const byKey = new Map(members.map((member) => [keyOf({ collection: member.collection, id: member.entry.doc._id }), member]))
  const reached = new Set<Member>()
  const left = [...from]
  for (let member = left.pop(); member; member = left.pop()) {
    if (reached.has(member) || member.collection === 'integrations') continue
    reached.add(member)
    for (const reference of referencesOf(resources[member.collection].stored, member.entry.doc)) {
      const next = byKey.get(keyOf(reference))
      // A flow that runs behind another is none of its parts.
      if (next && next.collection !== 'flows') left.push(next)
    }
  }
  return reached
}

/** Removes what other flows than these brought along, as far as nothing else uses it. Connections stay: they are the account's. */
export async function removePackaged(
  rows: Rows,
  ctx: Context,
  { installation, connector }: { installation: Installation; connector: Doc },
  flows: readonly string[] | undefined,
): Promise<void> {
  if (flows === undefined) return
  const { envId } = ctx.caller
  const closure = await templateClosure(rows, installation.connectorEnvId, connector)
  const kept = new Set(membersFor(closure, flows))
  const pairs = await presentPairs(rows, envId, installation.integrationId)
  const gone = closure.members
    .filter((member) => !kept.has(member) && !['connections', 'scripts'].includes(member.collection))
    .flatMap(({ collection, entry }) => {
      const id = pairs.get(entry.doc._id)
      return id === undefined ? [] : [{ collection, id }]
    })
  await rows.documents.hold(envId, gone)
  const used = new Set((await rows.documents.usedOutside(envId, gone)).map(keyOf))
  const free = gone.filter((key) => key.collection === 'flows' || !used.has(keyOf(key)))
  for (const [collection, keys] of Map.groupBy(free, (key) => key.collection as Collection)) {
    const ids = keys.map(({ id }) => id)
    await rows.documents.remove(envId, collection, ids, installation.integrationId)
    if (collection === 'flows') await stopFlows(rows, ctx, ids)
  }
}
