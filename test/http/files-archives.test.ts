/** Archives as people have them: out of version control, from other systems, with new files that have no id yet. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { archiveOf, type Files } from '../harness/archives.ts'
import { bodies, edit, made, makeDev, on, scriptText, startRelated, type Related, type Side } from '../harness/related.ts'
import { filesFrom, sendArchive, sendFiles, withFields, withoutBase } from '../harness/related-files.ts'

let related: Related
let dev: Side
let paths: Record<'flow' | 'sink' | 'source' | 'script' | 'connection', string>
beforeAll(async () => {
  related = await startRelated()
})
beforeEach(async () => {
  dev = await makeDev(related.dev.call, related.dev.envId)
  paths = {
    flow: `flows/orders-to-invoices.${dev.flow}.json`,
    sink: `imports/invoices.${dev.sink}.json`,
    source: `exports/orders.${dev.source}.json`,
    script: `scripts/hooks.${dev.script}`,
    connection: `connections/shop.${dev.connection}.json`,
  }
})
afterAll(() => related.close())

const get = async (path: string) => (await dev.call('GET', `/v1/${path}`)).body
const codesOf = (body: { notes?: { code: string }[] }): string[] => (body.notes ?? []).map(({ code }) => code)
const inFolder = (files: Files, folder: string): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]))
const json = (value: unknown): string => JSON.stringify(value)
const revisionCount = async (): Promise<number> => ((await get(`integrations/${dev.integration}/revisions`)) ?? []).length

describe('files beside those of the integration', () => {
  const beside: Files = {
    'README.md': '# Shop',
    LICENSE: 'Free',
    'package.json': '{}',
    '.gitattributes': '* text=auto',
    '.github/workflows/deploy.yml': 'on: push',
    '.DS_Store': '\0\0',
    'flows/README.md': 'Our flows',
    'flows/.gitkeep': '',
    '__MACOSX/._sluice.json': '\0',
    'docs/picture.json': '[]',
    'Thumbs.db': '\0',
  }

  test('are left out, and the integration is the same', async () => {
    const before = await revisionCount()
    const { status, headers } = await sendFiles(related, dev, { ...(await filesFrom(related, dev)), ...beside })
    expect([status, await revisionCount()]).toEqual([204, before])
    expect(headers.get('sluice-warning')).toMatch(/^package\.json: .* docs\/picture\.json: /)
  })

  test('in one folder, as in archives of GitHub, and however deep the integration lies in it', async () => {
    const files = withFields(await filesFrom(related, dev), paths.flow, { description: 'In a folder' })
    expect((await sendFiles(related, dev, inFolder({ ...files, ...beside }, 'shop-main'))).status).toBe(200)
    expect(await get(`flows/${dev.flow}`)).toMatchObject({ description: 'In a folder' })
    const deep = inFolder(withFields(files, paths.flow, { description: 'Deep' }), 'shop-main/integrations/shop')
    const again = withFields({ ...deep, 'shop-main/flows/other.json': '{}' }, `shop-main/integrations/shop/sluice.json`, {
      base: undefined,
    })
    expect((await sendFiles(related, dev, again)).status).toBe(200)
    expect(await get(`flows/${dev.flow}`)).toMatchObject({ description: 'Deep' })
  })

  test('are refused where somebody may have meant them, or where several integrations are sent', async () => {
    const files = await filesFrom(related, dev)
    for (const [path, hint] of [
      ['flows/orders.jsn', 'flows/orders.jsn'],
      ['flow/orders.json', 'folder flows'],
      ['Flows/orders.json', 'folder flows'],
      ['flows/sub/orders.json', 'flows/sub'],
      ['environments/x.json', ''],
    ] as const) {
      const { status, body } = await sendFiles(related, dev, { ...files, [path]: '{"name":"X"}' })
      if (hint === '') expect(status).toBe(204)
      else expect([status, body.errors[0].code, body.errors[0].message]).toEqual([422, 'invalid_archive', expect.stringContaining(hint)])
    }
    const both = await sendFiles(related, dev, { ...inFolder(files, 'a'), ...inFolder(files, 'b') })
    expect([both.status, both.body.errors[0].message]).toEqual([422, expect.stringContaining('several integrations')])
  })
})

describe('text that another system wrote', () => {
  test('with long line ends and byte order marks is the same text', async () => {
    const files = await filesFrom(related, dev)
    const windows = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, `\uFEFF${text.replaceAll('\n', '\r\n')}`]))
    expect((await sendFiles(related, dev, windows)).status).toBe(204)
    windows[`${paths.script}.js`] = `${windows[`${paths.script}.js`]}// more\r\n`
    expect((await sendFiles(related, dev, windows)).status).toBe(200)
    expect((await get(`scripts/${dev.script}`)).content).toBe(`${scriptText}// more\n`)
  })

  test('keeps the line ends and the mark that a script has here', async () => {
    const content = `\uFEFF${scriptText.replaceAll('\n', '\r\n')}`
    await edit(dev, `scripts/${dev.script}`, { content })
    const files = await filesFrom(related, dev)
    expect((await sendFiles(related, dev, files)).status).toBe(204)
    const short = { ...files, [`${paths.script}.js`]: scriptText }
    expect((await sendFiles(related, dev, short)).status).toBe(204)
    expect((await get(`scripts/${dev.script}`)).content).toBe(content)
    short[`${paths.script}.js`] = `${scriptText}// more\n`
    await sendFiles(related, dev, short)
    expect((await get(`scripts/${dev.script}`)).content).toBe(`${scriptText}// more\n`.replaceAll('\n', '\r\n'))
  })

  test('with ids in upper case names the same resources', async () => {
    const files = withFields(await filesFrom(related, dev), paths.flow, { description: 'Upper' })
    const upper = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [
        path.replace(/[0-9a-f]{24}/g, (id) => id.toUpperCase()),
        text.replace(/"[0-9a-f]{24}"/g, (id) => id.toUpperCase()),
      ]),
    )
    expect((await sendFiles(related, dev, upper)).status).toBe(200)
    expect(await get(`flows/${dev.flow}`)).toMatchObject({ description: 'Upper' })
    const twice = { ...files, [`flows/again.${dev.flow.toUpperCase()}.json`]: files[paths.flow] as string }
    const { status, body } = await sendFiles(related, dev, twice)
    expect([status, body.errors[0].message]).toEqual([422, expect.stringContaining('has the same id')])
  })
})

describe('new resources', () => {
  const added = (files: Files): Files => ({
    ...withFields(files, 'integration.json', {
      flowGroupings: [...JSON.parse(files['integration.json'] as string).flowGroupings, { name: 'Weekly' }],
    }),
    'exports/customers.json': json({ ...bodies.source(dev.connection), name: 'Customers' }),
    'scripts/check.js': scriptText,
    'scripts/check.json': json({ name: 'Check' }),
    'imports/contacts.json': json({ ...bodies.sink('connections/shop', 'scripts/check'), name: 'Contacts' }),
    'flows/customers.json': json({
      name: 'Customers',
      _flowGroupingId: 'Weekly',
      pageGenerators: [{ _exportId: 'exports/customers.json' }],
      pageProcessors: [{ type: 'import', _importId: 'contacts' }],
    }),
  })

  test('need no id: they name each other by their files, arrive disabled, and are the same ones whenever the files come', async () => {
    const files = added(await filesFrom(related, dev))
    const { status, body } = await sendFiles(related, dev, files)
    expect([status, body.status, codesOf(body)]).toEqual([200, 'completed', ['arrives_disabled']])
    const flow = (await get(`integrations/${dev.integration}/flows`)).find(({ name }: { name: string }) => name === 'Customers')
    const { flowGroupings } = await get(`integrations/${dev.integration}`)
    const weekly = flowGroupings.find(({ name }: { name: string }) => name === 'Weekly')
    expect(flow).toMatchObject({ disabled: true, _integrationId: dev.integration, _flowGroupingId: weekly._id })
    const sink = await get(`imports/${flow.pageProcessors[0]._importId}`)
    expect(sink).toMatchObject({ name: 'Contacts', _connectionId: dev.connection })
    expect(await get(`scripts/${sink.hooks.preMap._scriptId}`)).toMatchObject({ name: 'Check', content: scriptText })
    expect(await get(`exports/${flow.pageGenerators[0]._exportId}`)).toMatchObject({ name: 'Customers' })
    const count = await revisionCount()
    expect([(await sendFiles(related, dev, files)).status, await revisionCount()]).toEqual([204, count])
    const changed = withFields(files, 'exports/customers.json', { name: 'Clients' })
    const again = await sendFiles(related, dev, withFields(changed, 'sluice.json', { base: body.filesHash }))
    expect([again.status, again.body.changes.map(({ _id }: { _id: string }) => _id)]).toEqual([200, [flow.pageGenerators[0]._exportId]])
    expect((await get(`integrations/${dev.integration}/flows`)).length).toBe(2)
  })

  test('keep their ids once they are exported, and go with their files', async () => {
    const before = await filesFrom(related, dev)
    await sendFiles(related, dev, added(before))
    const exported = await filesFrom(related, dev)
    expect(Object.keys(exported).filter((path) => /customers|contacts|check/.test(path))).toHaveLength(5)
    const left = Object.fromEntries(Object.entries(exported).filter(([path]) => !/customers|contacts|check/.test(path)))
    const { body } = await sendFiles(related, dev, left)
    expect(body.changes.map(({ change }: { change: string }) => change)).toEqual(['deleted', 'deleted', 'deleted', 'deleted'])
    expect(Object.keys(await filesFrom(related, dev)).toSorted()).toEqual(Object.keys(before).toSorted())
    // The same files bring the same ones again.
    const back = await sendFiles(related, dev, withoutBase(added(before)))
    expect(back.body.changes.map(({ change }: { change: string }) => change)).toEqual(['restored', 'restored', 'restored', 'restored'])
  })

  test('that name no file, several files or no group are refused, with the file and the field', async () => {
    const files = added(await filesFrom(related, dev))
    const refused = async (path: string, fields: object): Promise<unknown[]> => {
      const { status, body } = await sendFiles(related, dev, withFields(files, path, fields))
      return [status, body.errors[0].field, body.errors[0].message]
    }
    expect(await refused('imports/contacts.json', { _connectionId: 'connections/nowhere' })).toEqual([
      422,
      'imports/contacts.json',
      expect.stringContaining('_connectionId: there is no file "connections/nowhere"'),
    ])
    expect(await refused('flows/customers.json', { _flowGroupingId: 'Yearly' })).toEqual([
      422,
      'flows/customers.json',
      expect.stringContaining('_flowGroupingId: the integration has no group "Yearly"'),
    ])
    expect(await refused(paths.flow, { _flowGroupingId: 'f'.repeat(24) })).toEqual([
      422,
      paths.flow,
      expect.stringContaining('has no group fff'),
    ])
    const twice = withFields(files, 'integration.json', { flowGroupings: [{ name: 'Weekly' }, { name: 'Weekly' }] })
    expect((await sendFiles(related, dev, twice)).body.errors[0]).toMatchObject({
      field: 'integration.json',
      message: expect.stringContaining('several groups are called "Weekly"'),
    })
    const twins = { ...files, [`scripts/check.${'a'.repeat(24)}.js`]: '', [`scripts/check.${'a'.repeat(24)}.json`]: json({ name: 'Twin' }) }
    delete twins['scripts/check.js']
    delete twins['scripts/check.json']
    twins[`scripts/check.${'b'.repeat(24)}.js`] = ''
    twins[`scripts/check.${'b'.repeat(24)}.json`] = json({ name: 'Twin' })
    const several = await sendFiles(related, dev, twins)
    expect([several.status, several.body.errors[0].message]).toEqual([422, expect.stringContaining('several files')])
  })

  test('over a new connection ask for it once, and remember it under its name', async () => {
    const files: Files = {
      ...(await filesFrom(related, dev)),
      'connections/books.json': json({ name: 'Books', type: 'http', http: { baseURI: 'https://books.example', mediaType: 'json' } }),
      'exports/books.json': json({ ...bodies.source('connections/books'), name: 'Books' }),
      'flows/books.json': json({ name: 'Books', pageGenerators: [{ _exportId: 'exports/books' }] }),
    }
    const { status, body } = await sendFiles(related, dev, files)
    expect([status, body.status]).toEqual([200, 'inprogress'])
    expect(body.installSteps).toMatchObject([{ type: 'connection', name: 'Books', completed: false, sourceConnection: { name: 'Books' } }])
    const chosen = await made(dev.call, 'connections', bodies.connection('Ledger'))
    const step = { _sourceConnectionId: body.installSteps[0]._sourceConnectionId, _connectionId: chosen }
    expect((await on(dev, body._id, 'installSteps', step, 'PUT')).status).toBe(200)
    expect((await on(dev, body._id, 'apply')).status).toBe(200)
    const flow = (await get(`integrations/${dev.integration}/flows`)).find(({ name }: { name: string }) => name === 'Books')
    expect(await get(`exports/${flow.pageGenerators[0]._exportId}`)).toMatchObject({ _connectionId: chosen })
    expect((await sendFiles(related, dev, files)).status).toBe(204)
    const more = {
      ...files,
      'exports/more.json': json({ ...bodies.source('books'), name: 'More' }),
      'flows/books.json': json({ name: 'Books', pageGenerators: [{ _exportId: 'exports/books' }, { _exportId: 'exports/more' }] }),
    }
    const again = await sendFiles(related, dev, withFields(more, 'sluice.json', { base: body.filesHash }))
    expect([again.status, again.body.status, again.body.installSteps]).toEqual([200, 'completed', []])
  })
})

test('connections that were edited in files stay as they are, and the answer names the field and the file', async () => {
  const files = await filesFrom(related, dev)
  const { http } = JSON.parse(files[paths.connection] as string)
  const edited = withFields(withFields(files, paths.connection, { http: { ...http, baseURI: 'https://elsewhere.example' } }), paths.flow, {
    description: 'Too',
  })
  const { status, body } = await sendFiles(related, dev, edited)
  expect([status, body.status]).toEqual([200, 'completed'])
  expect(body.notes).toMatchObject([{ code: 'connection_kept', file: paths.connection, field: 'http.baseURI', _id: dev.connection }])
  expect((await get(`connections/${dev.connection}`)).http.baseURI).toBe('https://shop.example')
  const again = await sendFiles(related, dev, edited)
  expect([again.status, again.headers.get('sluice-warning')]).toEqual([204, expect.stringContaining('http.baseURI')])
})

test('what is no archive of an integration says so', async () => {
  const answers = [
    await sendArchive(related, dev, await archiveOf({ 'a/README.md': '#' })),
    await sendArchive(related, dev, await archiveOf({})),
  ]
  for (const { status, body } of answers) expect([status, body.errors[0].field]).toEqual([422, 'sluice.json'])
})
