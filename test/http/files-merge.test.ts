/** Files of an integration are merged with what was changed in it since they were made: neither side overwrites the other. */
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  bodies,
  edit,
  made,
  makeDev,
  mapping,
  on,
  scriptText,
  startRelated,
  stateHash,
  type Related,
  type Side,
} from '../harness/related.ts'
import { filesFrom, sendFiles, withFields, withoutBase } from '../harness/related-files.ts'

let related: Related
let dev: Side
let paths: Record<'flow' | 'sink' | 'source' | 'script', string>
beforeAll(async () => {
  related = await startRelated()
})
beforeEach(async () => {
  dev = await makeDev(related.dev.call, related.dev.envId)
  paths = {
    flow: `flows/orders-to-invoices.${dev.flow}.json`,
    sink: `imports/invoices.${dev.sink}.json`,
    source: `exports/orders.${dev.source}.json`,
    script: `scripts/hooks.${dev.script}.js`,
  }
})
afterAll(() => related.close())

const get = async (path: string) => (await dev.call('GET', `/v1/${path}`)).body
const codesOf = (body: { notes?: { code: string }[] }): string[] => (body.notes ?? []).map(({ code }) => code)
const stateOf = async (): Promise<string> => (await get(`integrations/${dev.integration}/state`)).hash

describe('the base of files', () => {
  test('is the hash of the state that they were made of, which the state and the ETag of the export tell as well', async () => {
    const files = await filesFrom(related, dev)
    const { base } = JSON.parse(files['sluice.json'] as string)
    expect(base).toBe(await stateHash(dev))
    expect(await stateOf()).toBe(base)
    await edit(dev, `flows/${dev.flow}`, { description: 'Changed' })
    expect(await stateOf()).toBe(await stateHash(dev))
    expect(await stateOf()).not.toBe(base)
  })

  test('outlives that nothing else names the state', async () => {
    const files = await filesFrom(related, dev)
    await edit(dev, `flows/${dev.flow}`, { description: 'Changed' })
    const { store } = related.api.world
    const later = new Date(Date.now() + 60_000).toISOString()
    await store.transaction((rows) => rows.snapshots.prune(dev.envId, later))
    const { status } = await sendFiles(related, dev, withFields(files, paths.sink, { description: 'From git' }))
    expect(status).toBe(200)
    expect(await get(`flows/${dev.flow}`)).toMatchObject({ description: 'Changed' })
  })

  test('that is not known is refused, as is one of another integration or none at all', async () => {
    const files = await filesFrom(related, dev)
    const other = JSON.parse((await filesFrom(related, related.dev))['sluice.json'] as string).base
    for (const base of ['f'.repeat(64), other, 'short', 7]) {
      const { status, body } = await sendFiles(related, dev, withFields(files, 'sluice.json', { base }))
      expect([status, body.errors[0].code, body.errors[0].field]).toEqual([422, 'invalid_archive', 'sluice.json'])
    }
  })

  test('may be missing: then files take the place of the whole integration, and the answer says so', async () => {
    const files = withoutBase(await filesFrom(related, dev))
    await edit(dev, `imports/${dev.sink}`, { description: 'Newer' })
    const { status, body, headers } = await sendFiles(related, dev, files)
    expect([status, body.status, codesOf(body)]).toEqual([200, 'completed', ['no_base']])
    expect(headers.get('sluice-warning')).toMatch(/^sluice\.json: it names no base/)
    expect(await get(`imports/${dev.sink}`)).not.toHaveProperty('description')
    const again = await sendFiles(related, dev, files)
    expect([again.status, again.headers.get('sluice-warning')]).toEqual([204, expect.stringContaining('names no base')])
  })
})

describe('files that are older than the integration', () => {
  test('bring what was changed in them, and leave what was changed here, which the answer names', async () => {
    const files = await filesFrom(related, dev)
    await edit(dev, `imports/${dev.sink}`, { description: 'Newer' })
    await edit(dev, `scripts/${dev.script}`, { content: scriptText.replace('options.data', 'options.data.slice()') })
    await edit(dev, `flows/${dev.flow}`, { schedule: '? 0 4 ? * *' })
    const added = await made(dev.call, 'flows', { ...bodies.flow(dev.integration, dev.source, dev.sink), name: 'Newer' })
    const edited = withFields(files, paths.flow, { description: 'From git' })
    edited[paths.script] = scriptText.replace('options.postMapData', 'options.postMapData.slice()')
    const { status, body } = await sendFiles(related, dev, edited)
    expect([status, body.status]).toEqual([200, 'completed'])
    expect(body.notes).toContainEqual({
      code: 'newer_here',
      file: paths.sink,
      type: 'import',
      _id: dev.sink,
      name: 'Invoices',
      message: expect.stringContaining('(description)'),
    })
    expect(body.changes.map(({ change, collection, _id }: Record<string, string>) => [change, collection, _id])).toEqual([
      ['updated', 'scripts', dev.script],
      ['updated', 'flows', dev.flow],
    ])
    expect(await get(`imports/${dev.sink}`)).toMatchObject({ description: 'Newer' })
    expect(await get(`flows/${dev.flow}`)).toMatchObject({ description: 'From git', schedule: '? 0 4 ? * *' })
    expect((await get(`scripts/${dev.script}`)).content).toBe(scriptText.replaceAll(/options\.(data|postMapData)/g, '$&.slice()'))
    expect((await dev.call('GET', `/v1/flows/${added}`)).status).toBe(200)
    const again = await sendFiles(related, dev, edited)
    expect([again.status, again.headers.get('sluice-warning')]).toEqual([204, expect.stringContaining('changed here since')])
  })

  test('ask about what both changed, and the decision is applied like any other', async () => {
    const files = withFields(await filesFrom(related, dev), paths.flow, { description: 'From git' })
    await edit(dev, `flows/${dev.flow}`, { description: 'Here' })
    const { status, body } = await sendFiles(related, dev, files)
    expect([status, body.status, body.changes]).toEqual([200, 'inprogress', undefined])
    expect(await get(`flows/${dev.flow}`)).toMatchObject({ description: 'Here' })
    const conflicts = (await on(dev, body._id, 'conflicts', undefined, 'GET')).body
    const sides = { base: undefined, ours: 'Here', theirs: 'From git' }
    const { base: _absent, ...shown } = sides
    expect(conflicts).toEqual([
      { conflictId: expect.any(String), type: 'flow', _id: dev.flow, path: 'description', name: 'Orders to invoices', ...shown },
    ])
    expect((await on(dev, body._id, 'apply')).body.errors[0].code).toBe('unresolved_conflicts')
    expect((await sendFiles(related, dev, files)).body.errors[0].code).toBe('revision_in_progress')
    await edit(dev, `imports/${dev.sink}`, { description: 'Meanwhile' })
    expect((await on(dev, body._id, 'apply')).status).toBe(409)
    expect((await on(dev, body._id, 'refresh')).status).toBe(200)
    const { conflictId } = (await on(dev, body._id, 'conflicts', undefined, 'GET')).body[0]
    expect((await on(dev, body._id, 'conflicts', { conflicts: [{ conflictId, use: 'theirs' }] }, 'PUT')).status).toBe(204)
    const applied = await on(dev, body._id, 'apply')
    expect([applied.status, applied.body.changes]).toEqual([
      200,
      [{ change: 'updated', collection: 'flows', type: 'flow', _id: dev.flow, name: 'Orders to invoices' }],
    ])
    expect(await get(`flows/${dev.flow}`)).toMatchObject({ description: 'From git' })
    expect(await get(`imports/${dev.sink}`)).toMatchObject({ description: 'Meanwhile' })
  })

  test('do not bring back what was deleted here, nor delete what they never had', async () => {
    const second = await made(dev.call, 'flows', { ...bodies.flow(dev.integration, dev.source, dev.sink), name: 'Second' })
    const files = await filesFrom(related, dev)
    await dev.call('DELETE', `/v1/flows/${second}`)
    const { status, body } = await sendFiles(related, dev, withFields(files, paths.sink, { description: 'From git' }))
    expect([status, codesOf(body)]).toEqual([200, ['newer_here']])
    expect((await dev.call('GET', `/v1/flows/${second}`)).status).toBe(404)
  })

  test('go on from files that were sent before, where they name these as their base', async () => {
    const files = await filesFrom(related, dev)
    const first = (await sendFiles(related, dev, withFields(files, paths.flow, { description: 'First' }))).body
    await edit(dev, `imports/${dev.sink}`, { description: 'Here' })
    const second = withFields(withFields(files, paths.flow, { description: 'Second' }), 'sluice.json', { base: first.filesHash })
    const { body } = await sendFiles(related, dev, second)
    expect([body.status, codesOf(body)]).toEqual(['completed', ['newer_here']])
    expect(await get(`flows/${dev.flow}`)).toMatchObject({ description: 'Second' })
    expect(await get(`imports/${dev.sink}`)).toMatchObject({ description: 'Here' })
  })
})

describe('If-Match', () => {
  test('lets files through where the integration is in the state that it names, and refuses them with 412 otherwise', async () => {
    const files = withFields(await filesFrom(related, dev), paths.flow, { description: 'From git' })
    const tag = `"${await stateOf()}"`
    await edit(dev, `imports/${dev.sink}`, { description: 'Newer' })
    const now = await stateOf()
    const refused = await sendFiles(related, dev, files, { headers: { 'if-match': tag } })
    expect([refused.status, refused.body.errors[0].code, refused.body.errors[0].message]).toEqual([
      412,
      'precondition_failed',
      expect.stringContaining(now),
    ])
    const planned = await sendFiles(related, dev, files, { query: '?dryRun=true', headers: { 'if-match': tag } })
    expect(planned.status).toBe(412)
    expect(await stateOf()).toBe(now)
    expect((await sendFiles(related, dev, files, { headers: { 'if-match': `W/"${now}"` } })).status).toBe(200)
    expect((await sendFiles(related, dev, files, { headers: { 'if-match': '*' } })).status).toBe(204)
  })

  test('has its counterpart: who has the files of this state is spared them', async () => {
    const path = `${related.api.url}/v1/integrations/${dev.integration}/files`
    const headers = { authorization: 'Bearer owner-token-for-tests', 'sluice-environment': dev.envId }
    const tag = (await fetch(path, { headers })).headers.get('etag') ?? ''
    expect(tag).toBe(`"${await stateOf()}"`)
    expect((await fetch(path, { headers: { ...headers, 'if-none-match': tag } })).status).toBe(304)
  })
})

interface Cell {
  readonly path: 'flow' | 'sink' | 'source'
  readonly field: string
}
const cells: readonly Cell[] = (['flow', 'sink', 'source'] as const).flatMap((path) => [
  { path, field: 'name' },
  ...(path === 'source' ? [] : [{ path, field: 'description' }]),
])
const mapped = ['total', 'city', 'zip']
const value = fc.option(fc.constantFrom('one', 'two'), { nil: undefined })
const sideOf = fc.record({
  cells: fc.array(value, { minLength: cells.length, maxLength: cells.length }),
  extracts: fc.array(fc.option(fc.constantFrom('$.a', '$.b'), { nil: undefined }), { minLength: mapped.length, maxLength: mapped.length }),
})

test('whatever is changed in files and here: what only one side changed is there afterwards, and what both changed is asked about', async () => {
  await edit(dev, `imports/${dev.sink}`, { mappings: [mapping('id'), ...mapped.map((each) => mapping(each))] })
  const places = { flow: `flows/${dev.flow}`, sink: `imports/${dev.sink}`, source: `exports/${dev.source}` }
  let merged = 0
  await fc.assert(
    fc.asyncProperty(sideOf, sideOf, fc.constantFrom('ours' as const, 'theirs' as const), async (inFiles, here, use) => {
      let files = await filesFrom(related, dev)
      // Names are part of the paths.
      const pathOf = (of: keyof typeof places): string =>
        Object.keys(files).find((each) => each.endsWith(`${places[of].split('/')[1]}.json`)) as string
      const before = cells.map(({ path, field }) => JSON.parse(files[pathOf(path)] as string)[field])
      const extractsBefore = (await get(places.sink)).mappings.slice(1).map(({ extract }: { extract: string }) => extract)
      for (const [i, { path, field }] of cells.entries())
        if (inFiles.cells[i] !== undefined) files = withFields(files, pathOf(path), { [field]: inFiles.cells[i] })
      const mappings = (extracts: readonly (string | undefined)[]) => [
        mapping('id'),
        ...mapped.map((each, i) => mapping(each, extracts[i] ?? extractsBefore[i])),
      ]
      files = withFields(files, pathOf('sink'), { mappings: mappings(inFiles.extracts) })
      for (const [i, { path, field }] of cells.entries())
        if (here.cells[i] !== undefined) await edit(dev, places[path], { [field]: here.cells[i] })
      await edit(dev, places.sink, { mappings: mappings(here.extracts) })

      const { status, body } = await sendFiles(related, dev, files)
      expect([200, 204]).toContain(status)
      if (body?.status === 'inprogress') {
        expect((await on(dev, body._id, 'conflicts', { use }, 'PUT')).status).toBe(204)
        expect((await on(dev, body._id, 'apply')).status).toBe(200)
      }
      const wanted = (was: unknown, file: unknown, own: unknown): unknown => {
        const [theirs, ours] = [file ?? was, own ?? was]
        if (theirs === was || ours === theirs) return ours
        if (ours === was) return theirs
        return use === 'ours' ? ours : theirs
      }
      const expected = cells.map((_cell, i) => wanted(before[i], inFiles.cells[i], here.cells[i]))
      const docs = { flow: await get(places.flow), sink: await get(places.sink), source: await get(places.source) }
      expect(cells.map(({ path, field }) => docs[path][field])).toEqual(expected)
      expect(docs.sink.mappings.slice(1).map(({ extract }: { extract: string }) => extract)).toEqual(
        mapped.map((_each, i) => wanted(extractsBefore[i], inFiles.extracts[i], here.extracts[i])),
      )
      merged++
    }),
    { numRuns: 15, seed: Number(process.env['FILES_SEED'] ?? 7), interruptAfterTimeLimit: 20_000, endOnFailure: true },
  )
  expect(merged).toBeGreaterThan(2)
}, 60_000)
