/** Pulls both ways that are opened, decided and applied at once, while both sides rename, copy, move and remove: the sides come together, and no item is doubled or lost. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Body } from '../harness/samples.ts'
import { bodies, made, mapping, on, pullInto, relatedForFile, type Side } from '../harness/related.ts'

/** Of these rounds each kind of edit meets each kind on the other side at least five times; `PULL_RUNS=5000` tries more. */
const enough = 300
const leastMeetings = 5
const runs = Number(process.env['PULL_RUNS'] ?? enough)
/** Pairs of relatives that are worked on side by side. */
const lanes = 4
const seed = Number(process.env['PULL_SEED'] ?? 4)

const related = relatedForFile()

/** `tag` is what no edit changes: it says which branch of the other side one is. */
interface Branch {
  readonly name: string
  readonly tag: string
}
interface Field {
  readonly generate: string
  readonly extract: string
}
interface Content {
  readonly name: string
  readonly branches: readonly Branch[]
  readonly fields: readonly Field[]
}
type SideName = 'dev' | 'prod'
type Sides<T> = Readonly<Record<SideName, T>>
const sideNames = ['dev', 'prod'] as const
const other = { dev: 'prod', prod: 'dev' } as const

/** Neither list grows beyond this. */
const maxItems = 6
const word = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const at = fc.nat({ max: maxItems - 1 })
const list = fc.constantFrom('branches' as const, 'fields' as const)
const edit = fc.oneof(
  fc.record({ kind: fc.constant('name' as const), word }),
  fc.record({ kind: fc.constant('rename' as const), list, at, word }),
  fc.record({ kind: fc.constant('add' as const), list, at, word }),
  fc.record({ kind: fc.constant('extract' as const), at, word }),
  fc.record({ kind: fc.constant('copy' as const), list, at }),
  fc.record({ kind: fc.constant('remove' as const), list, at }),
  fc.record({ kind: fc.constant('move' as const), list, at, to: at }),
)
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never
const kinds: readonly Edit['kind'][] = ['name', 'rename', 'add', 'extract', 'copy', 'remove', 'move']

const round = fc.record({
  dev: fc.array(edit, { maxLength: 3 }),
  prod: fc.array(edit, { maxLength: 3 }),
  use: fc.record({ dev: fc.constantFrom('ours', 'theirs'), prod: fc.constantFrom('ours', 'theirs') }),
  /** Somebody saves another document while the pulls are applied. */
  isSavedMeanwhile: fc.boolean(),
})

let tags = 0
function edited(content: Content, change: Edit): Content {
  if (change.kind === 'name') return { ...content, name: change.word }
  const key = change.kind === 'extract' ? 'fields' : change.list
  const items: readonly (Branch | Field)[] = content[key]
  if (change.kind === 'add') {
    const item = key === 'branches' ? { name: change.word, tag: `t${tags++}` } : { generate: change.word, extract: `${tags++}` }
    return items.length === maxItems ? content : { ...content, [key]: items.toSpliced(change.at, 0, item) }
  }
  if (items.length === 0) return content
  const i = change.at % items.length
  const item = items[i] as Branch | Field
  if (change.kind === 'copy') return items.length === maxItems ? content : { ...content, [key]: items.toSpliced(i, 0, item) }
  if (change.kind === 'remove') return { ...content, [key]: items.toSpliced(i, 1) }
  if (change.kind === 'move') return { ...content, [key]: items.toSpliced(i, 1).toSpliced(change.to, 0, item) }
  if (change.kind === 'extract') return { ...content, fields: content.fields.with(i, { ...(item as Field), extract: change.word }) }
  const renamed = key === 'branches' ? { name: change.word } : { generate: change.word }
  return { ...content, [key]: items.with(i, { ...item, ...renamed }) }
}

interface Pair {
  readonly sides: Sides<Side>
  /** What both have at the beginning of a round. */
  content: Content
  saved: string
}

const flowBody = ({ integration, source, sink }: Side, { name, branches }: Content): Body => ({
  name,
  _integrationId: integration,
  pageGenerators: [{ _exportId: source }],
  routers: [
    {
      id: 'r',
      routeRecordsUsing: 'input_filters',
      routeRecordsTo: 'all_matching_branches',
      branches: branches.map((branch) => ({
        name: branch.name,
        pageProcessors: [
          { type: 'import', _importId: sink, responseMapping: { fields: [{ extract: 'id', generate: branch.tag }], lists: [] } },
        ],
      })),
    },
  ],
})
const importBody = ({ connection }: Side, { fields }: Content): Body => ({
  name: 'Invoices',
  _connectionId: connection,
  adaptorType: 'HTTPImport',
  http: { method: ['POST'], relativeURI: ['/invoices'] },
  mappings: fields.map(({ generate, extract }) => mapping(generate, extract)),
})

async function write(side: Side, was: Content, is: Content): Promise<void> {
  const put = async (path: string, body: object): Promise<void> => expect((await side.call('PUT', `/v1/${path}`, body)).status).toBe(200)
  if (JSON.stringify([was.name, was.branches]) !== JSON.stringify([is.name, is.branches]))
    await put(`flows/${side.flow}`, flowBody(side, is))
  if (JSON.stringify(was.fields) !== JSON.stringify(is.fields)) await put(`imports/${side.sink}`, importBody(side, is))
}

async function read(side: Side): Promise<Content & { readonly saved: string }> {
  const paths = [`flows/${side.flow}`, `imports/${side.sink}`, `integrations/${side.integration}`]
  const answers = await Promise.all(paths.map((path) => side.call('GET', `/v1/${path}`)))
  expect(answers.map(({ status, text }) => (status === 200 ? '' : text))).toEqual(['', '', ''])
  const [flow, sink, integration] = answers.map(({ body }) => body)
  return {
    name: flow.name,
    branches: flow.routers[0].branches.map(
      ({ name, pageProcessors }: { name: string; pageProcessors: { responseMapping: { fields: Field[] } }[] }) => ({
        name,
        tag: pageProcessors[0]?.responseMapping.fields[0]?.generate,
      }),
    ),
    fields: sink.mappings.map(({ generate, extract }: Field) => ({ generate, extract })),
    saved: integration.description,
  }
}

async function makePair(): Promise<Pair> {
  const { dev, prod } = related
  const content: Content = { name: 'Flow', branches: [{ name: 'a', tag: 'a' }, { name: 'b', tag: 'b' }], fields: [{ generate: 'a', extract: '0' }] } // prettier-ignore
  const integration = await made(dev.call, 'integrations', { name: 'Shop', description: 'first' })
  const source = { ...dev, integration }
  const sink = await made(dev.call, 'imports', importBody(source, content))
  const flow = await made(dev.call, 'flows', flowBody({ ...source, sink }, content))
  // What no flow uses any more would go.
  await made(dev.call, 'flows', { ...bodies.flow(integration, dev.source, sink), name: 'Keeps the import' })
  const { body } = await dev.call('POST', `/v1/integrations/${integration}/clone`, {
    name: 'Shop',
    _envId: prod.envId,
    connectionMap: { [dev.connection]: prod.connection },
  })
  const cloned = async (collection: string, from: string): Promise<string> =>
    (await prod.call('GET', `/v1/${collection}?_sourceId=${from}`)).body[0]._id
  const copy = { ...prod, integration: body._id, sink: await cloned('imports', sink), flow: await cloned('flows', flow) }
  return { sides: { dev: { ...source, sink, flow }, prod: copy }, content, saved: 'first' }
}

const codeOf = ({ body }: { readonly body: any }): string | undefined => body?.errors?.[0]?.code // oxlint-disable-line typescript/no-explicit-any

/** Opens a pull and decides it; undefined where there is nothing to pull. */
async function openPull({ sides }: Pair, to: SideName, use: string): Promise<string | undefined> {
  const opened = await pullInto(sides[to], sides[other[to]])
  if (codeOf(opened) === 'nothing_to_change') return undefined
  expect(opened).toMatchObject({ status: 201 })
  await decide(sides[to], opened.body._id, use)
  return opened.body._id
}
async function decide(side: Side, revision: string, use: string): Promise<void> {
  const { status } = await on(side, revision, 'conflicts', { use }, 'PUT')
  expect([200, 204]).toContain(status)
}

/** Applies what is open, refreshing it as often as the other side gets ahead of it. */
async function settle({ sides }: Pair, to: SideName, revision: string, use: string): Promise<void> {
  for (let tries = 0; tries < 4; tries++) {
    const refreshed = await on(sides[to], revision, 'refresh')
    expect(refreshed).toMatchObject({ status: 200 })
    if (refreshed.body.status !== 'inprogress') return
    await decide(sides[to], revision, use)
    const applied = await on(sides[to], revision, 'apply')
    if (applied.status === 200) return
    expect(codeOf(applied)).toBe('integration_changed')
  }
  throw new Error('never applied')
}

const times = (content: Content, tag: string): number => content.branches.filter((branch) => branch.tag === tag).length
const fieldsOf = (content: Content, name: string): number => content.fields.filter(({ generate }) => generate === name).length

/** What a side had, edit by edit. */
const historyOf = (was: Content, edits: readonly Edit[]): Content[] =>
  edits.reduce((all, change) => [...all, edited(all.at(-1) as Content, change)], [was])

/** How often a side made one more of a branch; that it removed one is undone where the other side is chosen. */
const timesMade = (history: readonly Content[], tag: string): number =>
  history.slice(1).reduce((made, content, i) => made + Math.max(0, times(content, tag) - times(history[i] as Content, tag)), 0)

function checkNothingDoubled(was: Content, { dev, prod }: Sides<Content[]>, is: Content): void {
  for (const { tag } of is.branches)
    expect(times(is, tag)).toBeLessThanOrEqual(times(was, tag) + timesMade(dev, tag) + timesMade(prod, tag))
  const most = (generate: string): number => Math.max(...[dev, prod].map((history) => fieldsOf(history.at(-1) as Content, generate)))
  for (const { generate } of is.fields) expect(fieldsOf(is, generate)).toBeLessThanOrEqual(most(generate))
}

/** How often a kind of edit met another one, by `<of dev> <of prod>`. */
const meetings = new Map<string, number>()
function countMeetings(dev: readonly Edit[], prod: readonly Edit[]): void {
  for (const ours of dev)
    for (const theirs of prod) {
      const both = `${ours.kind} ${theirs.kind}`
      meetings.set(both, (meetings.get(both) ?? 0) + 1)
    }
}

async function playRound(
  pair: Pair,
  { dev, prod, use, isSavedMeanwhile }: typeof round extends fc.Arbitrary<infer T> ? T : never,
): Promise<void> {
  const { sides, content: was } = pair
  const histories: Sides<Content[]> = { dev: historyOf(was, dev), prod: historyOf(was, prod) }
  await Promise.all(sideNames.map((name) => write(sides[name], was, histories[name].at(-1) as Content)))

  const opened = await Promise.all(sideNames.map(async (name) => [name, await openPull(pair, name, use[name])] as const))
  const save = async (): Promise<void> => {
    pair.saved = `saved ${tags++}`
    const path = `/v1/integrations/${sides.prod.integration}`
    expect((await sides.prod.call('PUT', path, { name: 'Shop', description: pair.saved })).status).toBe(200)
  }
  const answers = await Promise.all([
    ...opened.map(async ([name, revision]) => revision && ([name, revision, await on(sides[name], revision, 'apply')] as const)),
    ...(isSavedMeanwhile ? [save()] : []),
  ])
  for (const answer of answers) {
    if (!answer) continue
    const [name, revision, applied] = answer
    if (applied.status === 200) continue
    expect([applied.status, codeOf(applied)]).toEqual([409, 'integration_changed'])
    await settle(pair, name, revision, use[name])
  }
  // Who was applied first has not seen what the other one decided, nor what was saved since.
  for (const name of sideNames) {
    const revision = await openPull(pair, name, use[name])
    if (revision) expect(await on(sides[name], revision, 'apply')).toMatchObject({ status: 200 })
  }
  const [there, here] = [await read(sides.dev), await read(sides.prod)]
  expect(there).toEqual(here)
  expect(here.saved).toBe(pair.saved)
  checkNothingDoubled(was, histories, here)
  const { saved: _saved, ...content } = here
  pair.content = content
}

test(
  'pulls both ways at once bring the sides together, whatever both renamed, copied, moved and removed',
  async () => {
    let rounds = 0
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        let pair: Pair | undefined
        await fc.assert(
          fc.asyncProperty(round, async (what) => {
            pair ??= await makePair()
            try {
              await playRound(pair, what)
              rounds++
              countMeetings(what.dev, what.prod)
            } catch (error) {
              pair = undefined
              throw error
            }
          }),
          { seed: seed + lane, numRuns: Math.ceil(runs / lanes) },
        )
      }),
    )
    expect(rounds).toBeGreaterThanOrEqual(runs)
    if (runs < enough) return
    for (const ours of kinds)
      for (const theirs of kinds)
        expect({ ours, theirs, met: meetings.get(`${ours} ${theirs}`) ?? 0 }).toEqual({
          ours,
          theirs,
          met: expect.toSatisfy((met: number) => met >= leastMeetings),
        })
  },
  runs * 2000,
)
