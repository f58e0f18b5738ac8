/** Exports and imports of files on the file system of the server, on real files. */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ConnectionDoc } from '../../../src/engine/adaptor.ts'
import { fileSystem } from '../../../src/engine/adaptors/file-system/adaptor.ts'
import { evaluator } from '../evaluator.ts'
import {
  collectUnacknowledged,
  failureOf,
  holdChangingFiles,
  holdExportCases,
  holdImportCases,
  filesAtOnce,
  run,
  type Changed,
  type ExportCase,
  type Files,
  type ImportCase,
  type Links,
} from './file-cases.ts'
import { collect, connectionTo, exportDoc, importDoc, unlimited } from './stage.ts'

const connection = { ...connectionTo(''), http: undefined, type: 'filesystem', filesystem: {} } as unknown as ConnectionDoc

/** Links as well, and nothing of what they lead to. */
const filesBelow = (root: string, folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(root, path) : [relative(root, path)]
  })

/** A folder for this environment within one of the server's, and the adaptor on it. */
function folderWith(files: Files, links: Links = {}, changed: Changed = {}, settleMs = 0) {
  const root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const own = join(root, run.envId)
  const place = (path: string): string => {
    const at = join(own, path)
    mkdirSync(dirname(at), { recursive: true })
    return at
  }
  mkdirSync(own)
  for (const [path, content] of Object.entries(files))
    writeFileSync(place(path), typeof content === 'string' ? content : Buffer.from(content.base64, 'base64'))
  for (const [path, target] of Object.entries(links)) symlinkSync(target, place(path))
  for (const [path, at] of Object.entries(changed)) utimesSync(place(path), new Date(at), new Date(at))
  const left = (): string[] => filesBelow(own, own).toSorted()
  return { root, own, left, adaptor: fileSystem({ files: root, slots: unlimited, evaluator, firstWait: 1, filesAtOnce, settleMs }) }
}

const exportOf = ({ file, ...fields }: ExportCase['export']) =>
  exportDoc({ adaptorType: 'FileSystemExport', filesystem: { directoryPath: 'in' }, ...fields, file: { type: 'json', ...file } })
const importOf = ({ file, ...fields }: ImportCase['import']) =>
  importDoc({
    adaptorType: 'FileSystemImport',
    filesystem: { directoryPath: 'out' },
    ...fields,
    file: { type: 'json', skipAggregation: true, ...file },
  })

const ground = {
  connection,
  exportOf,
  importOf,
  sameWords: true,
  lay(files: Files, links?: Links, changed?: Changed) {
    const { own, ...laid } = folderWith(files, links, changed)
    return { ...laid, own, read: (path: string) => readFileSync(join(own, path), 'utf8') }
  },
}
holdExportCases(ground, 'file-system/export', 35)
/** What an import writes is no link. */
const written = {
  ...ground,
  lay(files: Files, links?: Links) {
    const laid = ground.lay(files, links)
    return { ...laid, left: () => laid.left().filter((path) => !lstatSync(join(laid.own, path)).isSymbolicLink()) }
  },
}
holdImportCases(written, 'file-system/import', 8)

describe('a file that is packed', () => {
  it.each([
    ['gzip', 'a.csv.gz', 'csv'],
    ['zip', 'a.xml.zip', 'xml'],
    ['gzip', 'a.ndjson.gz', 'json'],
    ['gzip', 'a.xlsx.gz', 'xlsx'],
    [undefined, 'a.xlsx', 'xlsx'],
  ])('as %s is read again as it was written', async (compressionFormat, fileName, type) => {
    const { adaptor, own, left } = folderWith({})
    const file = { type, compressionFormat, xml: { resourcePath: '/all/one' }, xlsx: { sheetName: 'Orders' } }
    const written = await adaptor.sink.write(
      { doc: importOf({ file: { ...file, fileName } }), connection, run },
      [{ id: 'x' }, { id: 'y' }].map((record) => ({ record, mapped: record })),
    )
    const size = lstatSync(join(own, 'out', fileName)).size
    expect(written).toMatchObject([{ kind: 'done', response: { _json: { fileName, fileSize: size } } }, { kind: 'done' }])
    const pages = await collect(
      adaptor.source.pages({ doc: exportOf({ filesystem: { directoryPath: 'out' }, file }), connection, run }, undefined),
    )
    expect(pages.flatMap(({ records }) => records)).toEqual([{ id: 'x' }, { id: 'y' }])
    expect(left()).toEqual([])
  })
})

describe('a file that somebody writes', () => {
  holdChangingFiles(ground, (files, changed, settleMs) => {
    const { own, ...laid } = folderWith(files, {}, changed, settleMs)
    return { ...laid, at: (path) => join(own, path) }
  })
})

describe('a file that changes under an export', () => {
  const two = { 'in/a.ndjson': '{"id":1}\n{"id":2}\n' }
  const step = { doc: exportOf({ pageSize: 1 }), connection, run }

  it('stays where it is written anew between its last page and the acknowledgement', async () => {
    const { adaptor, own, left } = folderWith(two)
    const pages = await collectUnacknowledged(adaptor.source.pages(step, undefined))
    writeFileSync(join(own, 'in/a.ndjson'), '{"id":1}\n{"id":2}\n{"id":3}\n')
    for (const page of pages) await page.ack?.()
    expect(left()).toEqual(['in/a.ndjson'])
  })

  it('is read from its beginning where a run goes on in it', async () => {
    const { adaptor, own } = folderWith(two)
    const [first] = await collect(adaptor.source.pages(step, undefined), 1)
    writeFileSync(join(own, 'in/a.ndjson'), '{"id":7}\n{"id":8}\n{"id":9}\n')
    const rest = await collectUnacknowledged(adaptor.source.pages(step, first?.next))
    expect(rest.flatMap(({ records }) => records)).toEqual([{ id: 7 }, { id: 8 }, { id: 9 }])
  })

  it('fails the run where it is gone in the middle of it', async () => {
    const { adaptor, own } = folderWith(two)
    const [first] = await collect(adaptor.source.pages(step, undefined), 1)
    rmSync(join(own, 'in/a.ndjson'))
    expect(await failureOf(() => collect(adaptor.source.pages(step, first?.next)))).toMatchObject({ code: 'file_missing' })
  })

  it('keeps an earlier copy of its name in the backup folder', async () => {
    const { adaptor, left } = folderWith({ 'in/a.json': '[{"id":1}]', 'done/a.json': 'earlier' })
    await collect(adaptor.source.pages({ ...step, doc: exportOf({ file: { backupPath: 'done' } }) }, undefined))
    expect(left()).toEqual([expect.stringMatching(/^done\/\d{8}T[\d.]+Z-a\.json$/), 'done/a.json'])
  })
})

describe('a disk that fills up', () => {
  /** Under a bound of the system's own for files, which is reached as the end of the disk is. */
  const boundedBy = (work: string, own: string): string => {
    const program = `
      import { fileSystemTransport } from './src/engine/adaptors/file-system/transport.ts'
      const transport = fileSystemTransport(process.env.ROOT, 'env')
      const content = async function* () { for (let n = 0; n < 100; n++) yield Buffer.alloc(10_000, 'x') }
      try { await ${work} } catch (error) { process.stdout.write(transport.explain(error)?.code ?? String(error)) }`
    const bounded = `trap '' XFSZ; ulimit -f 64; exec "${process.execPath}" --input-type=module -e "$PROGRAM"`
    return execFileSync('bash', ['-c', bounded], { env: { ...process.env, PROGRAM: program, ROOT: own }, encoding: 'utf8' })
  }

  it.each([
    ['a file that is written', `transport.write('out', 'a.csv', content, { by: 'one' })`],
    ['rows at the end of a file', `transport.ends.append('out', 'a.csv', content())`],
  ])('fails %s, and leaves what was there', (_what, work) => {
    const { root } = folderWith({})
    const out = join(root, 'env', 'out')
    mkdirSync(out, { recursive: true })
    writeFileSync(join(out, 'a.csv'), 'before')
    expect(boundedBy(work, root)).toBe('disk_full')
    expect(readdirSync(out)).toEqual(['a.csv'])
    expect(readFileSync(join(out, 'a.csv'), 'utf8')).toBe('before')
  })
})

describe('a file system', () => {
  const doc = exportOf({})

  it('is one of its environment: another one sees nothing of it', async () => {
    const { adaptor, root } = folderWith({ 'in/a.json': '[{"id":1}]' })
    const other = { ...run, envId: 'f'.repeat(24) }
    expect(await failureOf(() => collect(adaptor.source.pages({ doc, connection, run: other }, undefined)))).toMatchObject({
      code: 'folder_missing',
    })
    expect(readdirSync(join(root, other.envId))).toEqual([])
  })

  it('is refused in words where the server has no folder for files', async () => {
    const adaptor = fileSystem({ slots: unlimited, evaluator })
    const failure = { source: 'connection', code: 'files_unavailable', message: expect.stringContaining('SLUICE_FILES') as string }
    expect(await failureOf(() => adaptor.source.ready({ doc, connection, run }))).toEqual(failure)
    expect(await failureOf(() => adaptor.sink.ready({ doc: importOf({ file: { fileName: 'a' } }), connection, run }))).toEqual(failure)
    expect(await failureOf(() => adaptor.connections.ready(connection, run))).toEqual(failure)
  })

  it('answers a ping by whether the folder is there', async () => {
    const { adaptor } = folderWith({ 'in/a.json': '' })
    const pinged = (directoryPath: string) => adaptor.connections.ping({ ...connection, filesystem: { ping: { directoryPath } } }, run)
    expect(await pinged('in')).toBeUndefined()
    expect(await pinged('gone')).toMatchObject({ code: 'folder_missing' })
    expect(await pinged('../..')).toMatchObject({ code: 'invalid_path' })
    expect(adaptor.connections.hasPing(connection)).toBe(false)
  })

  it('answers a lookup with what the files of a folder hold, and leaves them', async () => {
    const { adaptor, left } = folderWith({ 'by/7/a.json': '[{"n":1}]', 'by/7/b.ndjson': '{"n":2}\n' })
    const step = { doc: exportOf({ filesystem: { directoryPath: 'by/{{record.id}}' } }), connection, run }
    const [found, missing] = await adaptor.source.lookup(step, [{ id: 7 }, { id: 8 }])
    expect(found).toEqual({ kind: 'done', response: { statusCode: 200, data: [{ n: 1 }, { n: 2 }], errors: [] } })
    expect(missing).toMatchObject({ kind: 'failed', failures: [{ code: 'folder_missing' }] })
    expect(left()).toHaveLength(2)
  })

  it('asks for each child of a record, and finds what all of them do', async () => {
    const { adaptor } = folderWith({ 'of-1/a.json': '[{"n":1}]', 'of-2/b.json': '[{"n":2},{"n":3}]' })
    const many = exportOf({
      oneToMany: true,
      pathToMany: 'lines',
      filesystem: { directoryPath: 'of-{{record.n}}' },
      file: { skipDelete: true },
    })
    const records = [{ lines: [{ n: 1 }, { n: 2 }] }, { lines: [] }, { lines: [{ n: 9 }] }]
    expect(await adaptor.source.lookup({ doc: many, connection, run }, records)).toMatchObject([
      { kind: 'done', response: { data: [{ n: 1 }, { n: 2 }, { n: 3 }] } },
      { kind: 'done', response: { data: [] } },
      { kind: 'failed', failures: [{ code: 'folder_missing' }] },
    ])
  })

  it('takes a slot of the connection for every piece of work, at its own level', async () => {
    const levels = new Set<number>()
    const slots = {
      use: <T>(_owner: unknown, level: number, _signal: AbortSignal, work: () => Promise<T>) => {
        levels.add(level)
        return work()
      },
      lockIds: async () => () => undefined,
      tooMany: () => undefined,
      wentWell: () => undefined,
    }
    const { root, own } = folderWith({ 'in/a.json': '[{"id":1}]' })
    const adaptor = fileSystem({ files: root, slots, evaluator })
    await collect(adaptor.source.pages({ doc, connection, run }, undefined))
    await adaptor.sink.write(
      { doc: importOf({ file: { fileName: 'a.json' } }), connection: { ...connection, filesystem: { concurrencyLevel: 3 } }, run },
      [{ record: {}, mapped: {} }],
    )
    const recovering = { ...connection, autoRecoverRateLimitErrors: true, filesystem: { concurrencyLevel: 3, targetConcurrencyLevel: 4 } }
    await adaptor.sink.write({ doc: importOf({ file: { fileName: 'b.json' } }), connection: recovering, run }, [{ record: {}, mapped: {} }])
    expect(levels).toEqual(new Set([1, 3, 4]))
    expect(existsSync(join(own, 'out/a.json'))).toBe(true)
    expect(relative(root, own)).toBe(run.envId)
  })
})
