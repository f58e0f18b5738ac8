/**
 * Every operation of the contract, by account, environment, share and token, on what the caller may see and on what they may not, with bodies that name either.
 * Whatever is refused leaves every row of the database as it was; whatever is done stays where the caller reaches; and no answer holds a word of what they may
 * not read, or a secret of anybody's. What is expected stands in `rights/table.ts`. `RIGHTS=all` tries every combination, `RIGHTS=5` five
 * of each caller, and both look after each request; otherwise one is drawn of each, by `RIGHTS_SEED`.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Operation } from '../../src/contract/operation.ts'
import { documentOperations, named, operations } from '../../src/contract/operations/index.ts'
import { startApi, type Answer, type Api } from '../harness/api.ts'
import { randomOf, seedOf } from '../harness/bad-input/random.ts'
import { openRows, type Rows } from '../harness/bad-input/rows.ts'
import { everybody, type Actor } from './rights/actors.ts'
import { takePicture, type Change, type Picture } from './rights/changes.ts'
import { requestsOf, type Asked } from './rights/requests.ts'
import { markOf, places, secretMark, setScene, tokenMark, type Place, type Scene } from './rights/scene.ts'
import { kindOf, leftOver, ofTheAccount, type Kind } from './rights/table.ts'

const wanted = process.env['RIGHTS'] ?? '1'
/** Looks after each request, and not only once an operation is through. */
const isWhole = wanted !== '1'
const seed = Number(process.env['RIGHTS_SEED'] ?? 1)
/** Requests of each caller that are drawn for one operation. */
const drawn = wanted === 'all' ? Number.POSITIVE_INFINITY : Number(wanted)
/** Milliseconds. */
const longest = isWhole ? 600_000 : 30_000

let api: Api
let scene: Scene
let actors: Readonly<Record<string, Actor>>
let rows: Rows
let picture: Picture
let ids: Readonly<Record<Place, ReadonlySet<string>>>
let calls = 0
beforeAll(async () => {
  api = await startApi()
  scene = await setScene(api)
  actors = await everybody(api, scene)
  ids = Object.fromEntries(
    places.map((place) => [place, new Set(Object.values(scene.sets[place]).filter((id) => /^[0-9a-f]{24}$/.test(id)))]),
  ) as Record<Place, Set<string>>
  for (const { call } of Object.values(actors)) await call('GET', '/v1/profile')
  rows = await openRows(api.database.pool, scene.owner)
  picture = await takePicture(api.database.pool)
}, 120_000)
afterAll(async () => {
  process.stdout.write(`${calls} requests, ${Object.keys(actors).length} callers, ${Object.keys(operations).length} operations\n`)
  await api.close()
})

const needed: Readonly<Record<Kind, number>> = { look: 0, work: 0, own: 0, change: 1, administer: 2 }
const rank = { monitor: 0, manage: 1, administrator: 2, owner: 3 } as const

/** What is one for all environments of an account: who works in the account as a whole has to do with all of it, wherever they are just now. */
const ofAllEnvironments: ReadonlySet<string> = new Set(['ashares', 'accesstokens', 'environments', 'connectors', 'licenses'])

const isWholeFor = ({ level, bound }: Actor, operation: Operation): boolean =>
  level !== undefined && bound === undefined && ofAllEnvironments.has(collectionIn(operation)) && !isPlainDocument(operation)
/** A connector is a document of its environment like any other; what is published and installed with it is the account's. */
const isPlainDocument = ({ path }: Operation): boolean => /^\/v1\/connectors(?:\/:_id(?:\/dependencies|\/audit)?)?$/.test(path)

/** What is the whole account's is not in the integration that a caller is let into, wherever it was made. */
const isSeen = (actor: Actor, place: Place, operation: Operation): boolean =>
  isWholeFor(actor, operation)
    ? place !== 'theirs'
    : actor.sees.includes(place) &&
      !(actor.bound && actor.bound !== 'environment' && place === 'open' && ofTheAccount.has(collectionIn(operation)))

const collectionIn = ({ path }: Operation): string => path.split('/')[2] ?? ''

/** Told to everybody, whoever they are: what the page of the console shows before anybody is signed in. */
const told: ReadonlySet<string> = new Set(['listSignInMethods'])

/** Why it has to be refused, by the table; undefined where it may be done. */
function whyNot(id: string, operation: Operation, actor: Actor, { place, bodyPlace, body }: Asked): string | undefined {
  if (told.has(id)) return undefined
  if (actor.isDead) return 'nobody'
  const kind = kindOf(id)
  const isOfOthers = actor.level === undefined
  if (!isOfOthers && kind !== 'own') {
    const level = place === 'open' && !ofTheAccount.has(collectionIn(operation)) ? (actor.levelInOpen ?? actor.level) : actor.level
    if (rank[level ?? 'monitor'] < needed[kind]) return 'level'
    if (kind === 'administer' && actor.bound) return 'bound'
  }
  const isById = operation.path.includes(':_id')
  if (isById && kind !== 'own' && !isSeen(actor, place, operation) && !isSharedTag(actor, operation, place, kind)) return 'out of reach'
  const text = JSON.stringify(body ?? '')
  if (kind === 'change' && bodyPlace && !actor.reaches.includes(bodyPlace) && [...ids[bodyPlace]].some((each) => text.includes(each)))
    return 'names what is out of reach'
  return undefined
}

/** Tags sort errors: everybody in the account sees those of their environment. */
const isSharedTag = (actor: Actor, operation: Operation, place: Place, kind: Kind): boolean =>
  collectionIn(operation) === 'tags' && kind === 'look' && actor.bound === 'integration' && ['open', 'hidden', 'bin'].includes(place)

/** Refused, or answered as if there were nothing. */
const isRefusal = ({ status, text }: Answer): boolean => status >= 400 || status === 204 || ['{}', '[]', ''].includes(text)

function wordsTold(actor: Actor, id: string, operation: Operation, { path, body }: Asked, { text, headers }: Answer): string[] {
  const asked = `${path} ${JSON.stringify(body ?? '')}`
  const answer = `${text} ${[...headers].join(' ')}`.replaceAll(/key-of-mk-\w+-mk/g, '')
  const closed = places.filter((place) => (isWholeFor(actor, operation) ? place === 'theirs' : !actor.sees.includes(place)))
  const marks = closed.map(markOf)
  // Who works in the account is told to whoever may look at an integration that they work in.
  const tellsUsers = id === 'listIntegrationAshares'
  const isTags = id.toLowerCase().includes('tag') && actor.bound === 'integration'
  // Most answers have few ids, and looking for each that is hidden would take longer than the request.
  const toldIds = (answer.match(/[0-9a-f]{24,}/g) ?? []).join(' ')
  const hiddenIds = (actor.bound ? closed : closed.filter((place) => place === 'theirs'))
    .flatMap((place) => [...ids[place]])
    .filter((each) => toldIds.includes(each) && (!tellsUsers || !places.some((place) => scene.sets[place]['ashares'] === each)))
  return [
    secretMark,
    ...(isTags ? [] : marks),
    ...(['owner', 'administrator'].includes(actor.level ?? '') ? [] : [tokenMark]),
    ...(isTags ? [] : hiddenIds.filter((each) => !asked.includes(each))),
  ].filter((word) => answer.includes(word))
}

const environmentOf = ({ row }: Change): unknown => row['env_id'] ?? row['account_id']

/** Rows that the caller has no business with. */
function strayed(id: string, operation: Operation, actor: Actor, changes: readonly Change[]): Change[] {
  const kind = kindOf(id)
  if (isWholeFor(actor, operation)) return changes.filter((change) => environmentOf(change) === scene.stranger)
  const home = actor.sees.includes('dev') ? scene.dev._id : actor.sees.includes('theirs') ? scene.stranger : scene.owner
  const isOfAccount = ['own', 'administer'].includes(kind) && actor.bound !== 'environment'
  const closed = new Set(places.filter((place) => !actor.reaches.includes(place)).flatMap((place) => [...ids[place]]))
  return changes.filter((change) => {
    const environment = environmentOf(change)
    if (environment !== home && !(isOfAccount && environment !== scene.stranger) && environment !== undefined && actor.level !== undefined)
      return !(id === 'createEnvironment' || change.table === 'state_environments')
    const columns = Object.entries(change.row).filter(([column]) => !['to_id', 'env_id', 'account_id'].includes(column))
    return columns.some(([, value]) => typeof value === 'string' && closed.has(value))
  })
}

/** Looking at these is on record. */
const leaves: ReadonlySet<string> = new Set(['getSystemToken', 'pingConnection', 'exportIntegrationFiles'])

const brief = ({ table, row }: Change): string => `${table} ${JSON.stringify(row).slice(0, 300)}`

describe.each(Object.entries(operations))('%s', (id, operation) => {
  test(
    'tells and changes nothing out of reach',
    async () => {
      const random = randomOf(seedOf(seed, id))
      const faults: string[] = []
      let isSame = true
      const all = requestsOf(id, operation, scene)
      for (const [name, actor] of Object.entries(actors)) {
        for (const asked of random.some(all, drawn)) {
          const answer = await actor.call(operation.method, asked.path, asked.body, asked.headers)
          calls++
          const fault = (what: string): unknown =>
            faults.push(
              `${name}: ${what}: ${operation.method} ${asked.path} ${JSON.stringify(asked.body ?? '').slice(0, 200)} -> ${answer.status} ${answer.text.slice(0, 300)}`,
            )
          if (answer.status >= 500) fault('fails')
          const why = whyNot(id, operation, actor, asked)
          if (why && !isRefusal(answer)) fault(`is served (${why})`)
          if (actor.isDead && !told.has(id) && ![401, 403, 404].includes(answer.status)) fault('is served (nobody)')
          for (const word of wordsTold(actor, id, operation, asked, answer)) fault(`is told ${word}`)
          if (answer.status < 400 && (operation.method !== 'GET' || leaves.has(id))) {
            const changes = await picture.changes()
            const stray = why ? changes : strayed(id, operation, actor, changes)
            if (stray[0]) fault(`changes ${stray.length} rows: ${brief(stray[0])}`)
            if (changes.length > 0) await rows.restore()
          } else if (isWhole) {
            const changes = await picture.changes()
            if (changes[0] && answer.status >= 400) fault(`is refused and changes ${changes.length} rows: ${brief(changes[0])}`)
            const stray = answer.status < 400 ? strayed(id, operation, actor, changes) : []
            if (stray[0]) fault(`looks and changes ${brief(stray[0])}`)
            if (changes.length > 0) await rows.restore()
          } else isSame = false
        }
      }
      if (!isSame) for (const change of await picture.changes()) faults.push(`somebody who was refused changed ${brief(change)}`)
      if (faults.length > 0) await rows.restore()
      expect(faults).toEqual([])
    },
    longest,
  )
})

test('every operation has its place in the table, and nothing else has', () => {
  for (const id of Object.keys(operations)) expect(kindOf(id)).toBeTypeOf('string')
  expect(leftOver()).toEqual([])
  expect(Object.keys(operations).length).toBe(Object.keys(named).length + Object.keys(documentOperations).length)
})
