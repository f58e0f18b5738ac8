/** Integrations as files: the same state gives the same bytes, unchanged files change nothing, and files that are no state are refused whole. */
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { archiveOf, filesIn, rawArchive, type Files } from '../harness/archives.ts'
import { edit, mapping, relatedForFile, stateHash, type Side } from '../harness/related.ts'

const related = relatedForFile()
let dev: Side
let prod: Side
beforeAll(async () => {
  ;({ dev, prod } = related)
})

const tokenOf = (side: Side): string => (side === dev ? related.devToken : 'owner-token-for-tests')
const pathOf = (side: Side): string => `${related.api.url}/v1/integrations/${side.integration}/files`
const download = async (side: Side): Promise<Buffer> => {
  const response = await fetch(pathOf(side), { headers: { authorization: `Bearer ${tokenOf(side)}` } })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip'])
  return Buffer.from(await response.arrayBuffer())
}
async function upload(side: Side, bytes: Buffer, type = 'application/zip') {
  const headers = { authorization: `Bearer ${tokenOf(side)}`, 'content-type': type }
  const response = await fetch(`${pathOf(side)}?description=Release`, { method: 'PUT', headers, body: new Uint8Array(bytes) })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : undefined }
}
const revisions = async (side: Side): Promise<number> =>
  ((await side.call('GET', `/v1/integrations/${side.integration}/revisions`)).body ?? []).length

describe('the export', () => {
  test('has a file for each resource, under its name and id, scripts as they are, no secrets and no stamps', async () => {
    const files = await filesIn(await download(dev))
    expect(Object.keys(files)).toEqual([
      `connections/shop.${dev.connection}.json`,
      `exports/orders.${dev.source}.json`,
      `flows/orders-to-invoices.${dev.flow}.json`,
      `imports/invoices.${dev.sink}.json`,
      'integration.json',
      `scripts/hooks.${dev.script}.js`,
      `scripts/hooks.${dev.script}.json`,
      'sluice.json',
    ])
    expect(files[`scripts/hooks.${dev.script}.js`]).toMatch(/^function preMap/)
    expect(files[`flows/orders-to-invoices.${dev.flow}.json`]).toMatch(/^\{\n {2}"_id": "[0-9a-f]{24}",\n {2}"_integrationId"/)
    expect(Object.values(files).join('\n')).not.toMatch(/secret-of|\*\*\*|createdAt|lastModified/)
  })

  test('of the same state has the same bytes', async () => {
    expect((await download(dev)).equals(await download(dev))).toBe(true)
  })
})

describe('the import', () => {
  test('of what was exported changes nothing at all', async () => {
    const [before, count] = [await stateHash(dev), await revisions(dev)]
    expect((await upload(dev, await download(dev))).status).toBe(204)
    expect(await revisions(dev)).toBe(count)
    expect(await stateHash(dev)).toBe(before)
  })

  test('of edited files is one revision: changed, added and removed resources, and exporting gives the files back', async () => {
    const files = await filesIn(await download(dev))
    const flowPath = `flows/orders-to-invoices.${dev.flow}.json`
    const flow = JSON.parse(files[flowPath] as string)
    const added = '0123456789abcdef01234567'
    files[`scripts/hooks.${dev.script}.js`] += '// one more line\n'
    files[flowPath] = JSON.stringify({ ...flow, description: 'From git' })
    files[`flows/any-name.${added}.json`] = JSON.stringify({ ...flow, _id: added, name: 'Added' })
    const { status, body } = await upload(dev, await archiveOf(files))
    expect([status, body.status, body.description]).toEqual([200, 'completed', 'Release'])
    expect((await dev.call('GET', `/v1/flows/${added}`)).body.name).toBe('Added')
    expect((await dev.call('GET', `/v1/scripts/${dev.script}`)).body.content).toMatch(/one more line\n$/)
    const now = await filesIn(await download(dev))
    expect(JSON.parse(now[flowPath] as string)).toEqual(JSON.parse(files[flowPath]))
    delete now[`flows/added.${added}.json`]
    expect((await upload(dev, await archiveOf(now))).status).toBe(200)
    expect((await dev.call('GET', `/v1/flows/${added}`)).status).toBe(404)
    await expect(related.api.world.store.documents.find(dev.envId, 'connections', dev.connection)).resolves.toHaveProperty('secrets')
  })

  test("of a relative's files is a pull of them, and asks about conflicts", async () => {
    await edit(dev, `imports/${dev.sink}`, { mappings: [mapping('id'), mapping('total', '$.sum')] })
    const archive = await download(dev)
    const applied = await upload(prod, archive)
    expect([applied.status, applied.body.status, applied.body._fromIntegrationId]).toEqual([200, 'completed', dev.integration])
    expect((await prod.call('GET', `/v1/imports/${prod.sink}`)).body.mappings).toEqual([mapping('id'), mapping('total', '$.sum')])
    expect((await upload(prod, archive)).status).toBe(204)
    await edit(dev, `imports/${dev.sink}`, { description: 'theirs' })
    await edit(prod, `imports/${prod.sink}`, { description: 'ours' })
    const open = await upload(prod, await download(dev))
    expect(open.body.status).toBe('inprogress')
    await prod.call('POST', `/v1/integrations/${prod.integration}/revisions/${open.body._id}/cancel`)
  })
})

describe('what is no state is refused, and nothing is changed', () => {
  const refuses = async (change: (files: Files) => Promise<Buffer> | Buffer): Promise<unknown[]> => {
    const [before, count] = [await stateHash(dev), await revisions(dev)]
    const { status, body } = await upload(dev, await change(await filesIn(await download(dev))))
    expect(await stateHash(dev)).toBe(before)
    // The two snapshots taken here, and nothing else.
    expect(await revisions(dev)).toBe(count + 1)
    return [status, body?.errors[0].code, body?.errors[0].field]
  }

  test.each(['../escape.json', '/etc/passwd', 'flows/../../x.json', 'flows\\x.json', 'README.md', 'users/x.0123456789abcdef01234567.json'])(
    'a path %s',
    async (path) => {
      const [status, code] = await refuses(() => rawArchive([{ path, content: Buffer.from('{}') }]))
      expect([status, code]).toEqual([422, 'invalid_archive'])
    },
  )

  test('a bomb, honest or not about its size', async () => {
    const content = Buffer.alloc(16 * 1024 * 1024, 0x20)
    expect((await refuses(() => rawArchive([{ path: 'integration.json', content }])))[0]).toBe(413)
    expect((await refuses(() => rawArchive([{ path: 'integration.json', content, claims: 10 }])))[0]).toBe(422)
    const many = Array.from({ length: 30 }, (_, i) => ({
      path: `flows/${String(i).padStart(24, '0')}.json`,
      content: content.subarray(0, 5 * 1024 * 1024),
    }))
    expect((await refuses(() => rawArchive(many)))[0]).toBe(413)
  })

  test('an archive may be larger than other bodies, and only where archives are taken', async () => {
    const content = randomBytes(4 * 1024 * 1024)
    const large = rawArchive([1, 2].map((n) => ({ path: `flows/${String(n).padStart(24, '0')}.json`, content })))
    expect(await refuses(() => large)).toEqual([422, 'invalid_archive', `flows/${'1'.padStart(24, '0')}.json`])
    const elsewhere = await fetch(`${related.api.url}/v1/integrations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${related.devToken}`, 'content-type': 'application/zip' },
      body: new Uint8Array(large),
    })
    expect(elsewhere.status).toBe(413)
  })

  test('two resources of one id, an id that is not that of the file, a script without its file', async () => {
    const flow = `flows/orders-to-invoices.${dev.flow}.json`
    const twice = await refuses((files) => archiveOf({ ...files, [`flows/other.${dev.flow}.json`]: files[flow] as string }))
    expect(twice).toEqual([422, 'invalid_archive', expect.stringContaining(dev.flow)])
    const other = await refuses((files) => archiveOf({ ...files, [flow]: (files[flow] as string).replace(dev.flow, dev.sink) }))
    expect(other).toEqual([422, 'invalid_archive', flow])
    const orphan = await refuses((files) => archiveOf({ ...files, 'scripts/0123456789abcdef01234567.js': '' }))
    expect(orphan[1]).toBe('invalid_archive')
    const hooks = `scripts/hooks.${dev.script}`
    expect(await refuses(({ [`${hooks}.js`]: _gone, ...files }) => archiveOf(files))).toEqual([422, 'invalid_archive', `${hooks}.json`])
  })

  test('a reference to nowhere, a document of something else, a field that does not fit', async () => {
    const flow = `flows/orders-to-invoices.${dev.flow}.json`
    const nowhere = await refuses((files) =>
      archiveOf({ ...files, [flow]: (files[flow] as string).replaceAll(dev.source, '0123456789abcdef01234567') }),
    )
    expect(nowhere).toEqual([422, 'invalid_ref', 'pageGenerators.0._exportId'])
    const elsewhere = (await dev.call('POST', '/v1/scripts', { name: 'Elsewhere', content: '' })).body._id
    const taken = await refuses((files) =>
      archiveOf({
        ...files,
        [`scripts/${elsewhere}.js`]: '',
        [`scripts/${elsewhere}.json`]: JSON.stringify({ _id: elsewhere, name: 'Mine' }),
      }),
    )
    expect(taken[1]).toBe('invalid_archive')
    const unfit = await refuses((files) => archiveOf({ ...files, [flow]: JSON.stringify({ _id: dev.flow, name: 5 }) }))
    expect(unfit).toEqual([422, 'invalid_archive', flow])
    const misspelt = await refuses((files) => archiveOf({ ...files, [flow]: (files[flow] as string).replace('"schedule"', '"shedule"') }))
    expect(misspelt).toEqual([422, 'invalid_archive', flow])
  })

  test('files of a stranger, without a manifest, of another kind', async () => {
    const manifest = (id: string) => JSON.stringify({ format: 1, _integrationId: id })
    const stranger = await refuses((files) => archiveOf({ ...files, 'sluice.json': manifest('f'.repeat(24)) }))
    expect(stranger[0]).toBe(422)
    const bare = await refuses(({ 'sluice.json': _gone, ...files }) => archiveOf(files))
    expect(bare).toEqual([422, 'invalid_archive', 'sluice.json'])
    expect(await refuses(() => Buffer.from('no archive'))).toEqual([422, 'invalid_archive', undefined])
    expect((await upload(dev, Buffer.from('{}'), 'application/json')).status).toBe(415)
    const zip = await fetch(`${related.api.url}/v1/integrations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${related.devToken}`, 'content-type': 'application/zip' },
      body: new Uint8Array(await download(dev)),
    })
    expect(zip.status).toBe(415)
  })
})
