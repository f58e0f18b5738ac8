/** Runs over files of EDI: orders are read by a file definition and an EDI profile, and an acknowledgement goes back. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X12Parser, type X12Interchange } from 'node-x12'
import { afterEach, beforeEach, expect, it } from 'vitest'
import definitions from '../cases/edi/definitions.json' with { type: 'json' }
import { startApi, type Api } from '../harness/api.ts'
import { make, runToEnd } from '../harness/flows.ts'

let root: string
let api: Api
let _connectionId: string
let folder: string
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  api = await startApi({ worker: true, files: root })
  const connection = await make(api, 'connections', { name: 'files', type: 'filesystem', filesystem: { ping: { directoryPath: '/' } } })
  _connectionId = connection._id as string
  await api.call('GET', `/v1/connections/${_connectionId}/ping`)
  folder = join(root, readdirSync(root)[0] ?? 'none')
  mkdirSync(join(folder, 'in'))
})
afterEach(async () => {
  await api.close()
  rmSync(root, { recursive: true })
})

const profile = {
  name: 'Big store',
  fileType: 'edix12',
  tpIdQualifier: 'ZZ',
  tpInterchangeId: 'BIGSTORE',
  tpGroupId: 'BIGSTORE',
  myIdQualifier: 'ZZ',
  myInterchangeId: 'WEARE',
  myGroupId: 'WEARE',
  isa12: '00401',
  isa15: 'P',
  gs08: '004010',
}
const orderFile = (sender: string, orders: readonly string[]): string =>
  [
    `ISA*00*          *00*          *ZZ*${sender.padEnd(15)}*ZZ*WEARE          *260301*1200*U*00401*000000005*0*P*>`,
    'GS*PO*BIGSTORE*WEARE*20260301*1200*5*X*004010',
    ...orders.flatMap((order, i) => [`ST*850*000${i + 1}`, ...order.split('~'), `SE*${order.split('~').length + 2}*000${i + 1}`]),
    `GE*${orders.length}*5`,
    'IEA*1*000000005',
    '',
  ].join('~\n')

async function makeFlow(file: object): Promise<{ flow: string; exportId: string; importId: string }> {
  const _ediProfileId = (await make(api, 'ediprofiles', profile))._id
  const parse = (await make(api, 'filedefinitions', definitions['850']))._id
  const write = (await make(api, 'filedefinitions', definitions['write 810']))._id
  const read = { type: 'filedefinition', fileDefinition: { _fileDefinitionId: parse, ...file } }
  const source = {
    name: 'orders',
    _connectionId,
    _ediProfileId,
    adaptorType: 'FileSystemExport',
    filesystem: { directoryPath: 'in' },
    file: read,
  }
  const exportId = (await make(api, 'exports', source))._id as string
  const sink = {
    name: 'invoices',
    _connectionId,
    _ediProfileId,
    adaptorType: 'FileSystemImport',
    filesystem: { directoryPath: 'out' },
    file: {
      type: 'filedefinition',
      fileName: 'invoices.edi',
      fileDefinition: { _fileDefinitionId: write },
    },
    mappings: [
      ...['Interchange Control Number', 'Group Control Number', 'Date', 'Time'].map((name) => ({
        extract: `$['${name}']`,
        generate: name,
        dataType: 'string',
      })),
      { hardCodedValue: '810', generate: 'Set Code', dataType: 'string' },
      { extract: "$['Set Control Number']", generate: 'Set Control Number', dataType: 'string' },
      { extract: 'INV-{{record.[Order Number]}}', generate: 'Invoice Number', dataType: 'string' },
      { extract: "$['Order Number']", generate: 'Order Number', dataType: 'string' },
      { hardCodedValue: '1800', generate: 'Total', dataType: 'string' },
    ].map((mapping) => ({ ...mapping, status: 'Active' })),
  }
  const importId = (await make(api, 'imports', sink))._id as string
  const doc = { name: 'flow', pageGenerators: [{ _exportId: exportId }], pageProcessors: [{ type: 'import', _importId: importId }] }
  return { flow: (await make(api, 'flows', doc))._id as string, exportId, importId }
}

it('orders of a file become invoices in another, with envelopes by the EDI profile', async () => {
  const { flow } = await makeFlow({})
  writeFileSync(
    join(folder, 'in/orders.edi'),
    orderFile('BIGSTORE', ['BEG*00*SA*4711**20260301~PO1*1*12*EA*1.50', 'BEG*00*SA*4712**20260301']),
  )
  expect(await runToEnd(api, flow)).toMatchObject({ status: 'completed', numExport: 2, numSuccess: 2, numError: 0 })
  expect(readFileSync(join(folder, 'out/invoices.edi'), 'utf8').split('~\n')).toEqual([
    ...['4711', '4712'].flatMap((order, i) => [
      'ISA*00*          *00*          *ZZ*WEARE          *ZZ*BIGSTORE       *260301*1200*U*00401*000000005*0*P*>',
      'GS*IN*WEARE*BIGSTORE*20260301*1200*5*X*004010',
      `ST*810*000${i + 1}`,
      `BIG**INV-${order}**${order}`,
      'TDS*1800',
      `SE*4*000${i + 1}`,
      'GE*1*5',
      'IEA*1*000000005',
    ]),
    '',
  ])
  expect(readdirSync(join(folder, 'in'))).toEqual([])
})

it('a file of another partner fails the run, and stays', async () => {
  const { flow, exportId } = await makeFlow({})
  writeFileSync(join(folder, 'in/orders.edi'), orderFile('STRANGER', ['BEG*00*SA*4711**20260301']))
  expect(await runToEnd(api, flow)).toMatchObject({ status: 'failed' })
  const { body } = await api.call('GET', `/v1/flows/${flow}/${exportId}/errors`)
  expect(body.errors).toMatchObject([
    { code: 'invalid_edi', message: expect.stringContaining('Sender is "STRANGER", and the EDI profile says "BIGSTORE"') },
  ])
  expect(readdirSync(join(folder, 'in'))).toEqual(['orders.edi'])
})

it('with allowPartialSuccess the orders that can be read go on, and each of the others is an error of the export', async () => {
  const { flow, exportId } = await makeFlow({ allowPartialSuccess: true })
  writeFileSync(join(folder, 'in/orders.edi'), orderFile('BIGSTORE', ['BEG*00*SA***20260301', 'BEG*00*SA*4712**20260301']))
  expect(await runToEnd(api, flow)).toMatchObject({ status: 'completed', numSuccess: 1, numError: 1 })
  const { body } = await api.call('GET', `/v1/flows/${flow}/${exportId}/errors`)
  expect(body.errors).toMatchObject([
    { code: 'invalid_edi', message: 'A record of a file was left out: row 4 (BEG): Order Number is missing.' },
  ])
})

it('a path makes records of a list within the documents', async () => {
  const { exportId } = await makeFlow({ resourcePath: 'PO1' })
  writeFileSync(join(folder, 'in/orders.edi'), orderFile('BIGSTORE', ['BEG*00*SA*4711**20260301~PO1*1*12*EA*1.50~PO1*2*3']))
  const { body } = await api.call('POST', `/v1/exports/${exportId}/invoke`)
  expect(body.data).toMatchObject([{ Line: '1', Quantity: '12' }, { Line: '2' }])
})

/** Segments without those that say when it was made. */
const told = (name: string): string[] =>
  readFileSync(join(folder, 'acks', name), 'utf8')
    .split('~\n')
    .filter((segment) => !/^(?:ISA|GS)\*/.test(segment))

it('each file that went through is acknowledged: its orders are accepted, or rejected with the segments and elements that are wrong', async () => {
  const { flow } = await makeFlow({ allowPartialSuccess: true, acknowledgementPath: 'acks' })
  const orders = ['BEG*00*SA*4711**20260301~PO1*1*12*EA*1.50', 'BEG*00*SA***20260301~XYZ*1~PO1*1*12*EA*1.50', 'PO1*1*12*EA*1.50']
  writeFileSync(join(folder, 'in/orders.edi'), orderFile('BIGSTORE', orders))
  expect(await runToEnd(api, flow)).toMatchObject({ status: 'completed', numSuccess: 1 })
  expect(readdirSync(join(folder, 'in'))).toEqual([])
  expect(readdirSync(join(folder, 'acks'))).toEqual(['orders.edi.997'])
  const text = readFileSync(join(folder, 'acks/orders.edi.997'), 'utf8')
  expect(text).toMatch(/^ISA\*00\* {10}\*00\* {10}\*ZZ\*WEARE {10}\*ZZ\*BIGSTORE {7}\*\d{6}\*\d{4}\*U\*00401\*000000001\*0\*P\*>~\n/)
  expect(text).toMatch(/\nGS\*FA\*WEARE\*BIGSTORE\*\d{8}\*\d{4}\*1\*X\*004010~\n/)
  expect(told('orders.edi.997')).toEqual([
    'ST*997*0001',
    'AK1*PO*5',
    'AK2*850*0001',
    'AK5*A',
    'AK2*850*0002',
    'AK3*BEG*2**8',
    'AK4*3**1',
    'AK3*XYZ*3**6',
    'AK5*R*5',
    'AK2*850*0003',
    'AK3*BEG*2**3',
    'AK5*R*5',
    'AK9*P*3*3*1',
    'SE*14*0001',
    'GE*1*1',
    'IEA*1*000000001',
    '',
  ])
  // Another program reads it, and so do we.
  const read = new X12Parser(true).parse(text) as X12Interchange
  expect(read.functionalGroups[0]?.transactions[0]?.segments.map(({ tag }) => tag)).toContain('AK9')
})

it('an interchange whose count is wrong is refused as a whole', async () => {
  const { flow } = await makeFlow({ allowPartialSuccess: true, acknowledgementPath: 'acks' })
  const text = orderFile('BIGSTORE', ['BEG*00*SA*4711**20260301']).replace('IEA*1*', 'IEA*2*')
  writeFileSync(join(folder, 'in/orders.edi'), text)
  expect(await runToEnd(api, flow)).toMatchObject({ status: 'completed', numSuccess: 0, numError: 1 })
  expect(told('orders.edi.997')).toEqual(['TA1*000000005*260301*1200*R*021', 'IEA*0*000000001', ''])
})

it('without allowPartialSuccess a file with a fault is not acknowledged, and one that is an acknowledgement never', async () => {
  const { flow } = await makeFlow({ acknowledgementPath: 'acks' })
  writeFileSync(join(folder, 'in/orders.edi'), orderFile('BIGSTORE', ['BEG*00*SA***20260301']))
  expect(await runToEnd(api, flow)).toMatchObject({ status: 'failed' })
  expect(readdirSync(folder)).not.toContain('acks')
})

it('control numbers that a definition leaves empty are those of the profile, counted up from run to run', async () => {
  const { flow, importId } = await makeFlow({})
  const [{ _id: profileId }] = (await api.call('GET', '/v1/ediprofiles')).body
  await api.call('PUT', `/v1/ediprofiles/${profileId}`, { ...profile, controlNumber: 500 })
  const { body } = await api.call('GET', `/v1/imports/${importId}`)
  const mappings = body.mappings.filter(({ generate }: { generate: string }) => !generate.endsWith('Control Number'))
  await api.call('PUT', `/v1/imports/${importId}`, { ...body, mappings })
  const numbers = (): string[] =>
    [...readFileSync(join(folder, 'out/invoices.edi'), 'utf8').matchAll(/(?:^|\n)(?:ISA.*\*(\d{9})\*0|(?:GS|ST|SE|GE|IEA)\*.*)/g)].map(
      ([line, control]) => control ?? line.trim().replace(/~$/, ''),
    )
  writeFileSync(join(folder, 'in/a.edi'), orderFile('BIGSTORE', ['BEG*00*SA*4711**20260301', 'BEG*00*SA*4712**20260301']))
  expect(await runToEnd(api, flow)).toMatchObject({ status: 'completed', numSuccess: 2 })
  expect(numbers().filter((text) => /^\d{9}$/.test(text))).toEqual(['000000500', '000000501'])
  expect(numbers()).toEqual(expect.arrayContaining(['ST*810*0001', 'SE*4*0001', 'GE*1*501', 'IEA*1*000000501']))
  await api.call('PUT', `/v1/ediprofiles/${profileId}`, { ...profile, controlNumber: 7 })
  writeFileSync(join(folder, 'in/b.edi'), orderFile('BIGSTORE', ['BEG*00*SA*4713**20260301']))
  expect(await runToEnd(api, flow)).toMatchObject({ status: 'completed' })
  expect(numbers()[0]).toBe('000000502')
})

it('no control number is given twice, whoever asks at once, and the count begins again after nine digits', async () => {
  const { controlNumbers } = api.world.store
  const taken = await Promise.all(Array.from({ length: 60 }, () => controlNumbers.take('env', 'profile', 1)))
  expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1))
  expect(await controlNumbers.take('env', 'profile', 999_999_999)).toBe(999_999_999)
  expect(await controlNumbers.take('env', 'profile', 40)).toBe(40)
  expect(await controlNumbers.take('other', 'profile', 1)).toBe(1)
})

it('what cannot be carried out is told when it is saved', async () => {
  const gone = await make(api, 'filedefinitions', definitions['850'])
  const source = (more: object) => ({
    name: 'orders',
    _connectionId,
    adaptorType: 'FileSystemExport',
    filesystem: { directoryPath: 'in' },
    file: { type: 'filedefinition', fileDefinition: { _fileDefinitionId: gone._id } },
    ...more,
  })
  const warned = async (more: object): Promise<string | null> =>
    (await api.call('POST', '/v1/exports', source(more))).headers.get('sluice-warning')
  expect(await warned({})).toBe(null)
  expect(await warned({ file: { type: 'filedefinition' } })).toContain('does not say by which definition')
  const edifact = await make(api, 'ediprofiles', { name: 'P', fileType: 'edifact' })
  expect(await warned({ _ediProfileId: edifact._id })).toContain('The EDI profile is for edifact')
})
