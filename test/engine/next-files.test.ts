/** Files of a folder by several looks at it: none is passed over and none comes twice, whatever their number and their names. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileSystem } from '../../src/engine/adaptors/file-system/adaptor.ts'
import { compareNames, NextFiles, type Beginning, type FileOrder } from '../../src/engine/adaptors/files/listing/next-files.ts'
import type { ConnectionDoc } from '../../src/engine/adaptor.ts'
import { aRun, connectionTo, exportDoc, unlimited } from './adaptors/stage.ts'
import { evaluator } from './evaluator.ts'

/** Files of the large folder; 1,000,000 take minutes to be made. */
const many = Number(process.env['FILES'] ?? 30_000)

/** A half of a character is in no name. */
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 3 })

describe('the order of names', () => {
  it('is that of their bytes in UTF-8, as S3 lists keys', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(Math.sign(compareNames(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
    expect(['\u{1F600}', '\uFF3A', 'z', 'Z', 'z1'].toSorted(compareNames)).toEqual(['Z', 'z', 'z1', '\uFF3A', '\u{1F600}'])
  })
})

describe('looks at a folder', () => {
  it('give all of its files in their order, in whichever order they are met', () => {
    const files = fc.uniqueArray(fc.record({ name, lastModified: fc.constantFrom('2026-01-01', '2026-01-02', '') }), {
      selector: (file) => file.name,
      maxLength: 40,
    })
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 9 }), fc.constantFrom<FileOrder>('name', 'lastModified'), (all, most, order) => {
        const given: string[] = []
        for (let beginning: Beginning | undefined, goesOn = true; goesOn;) {
          const next = new NextFiles<{ readonly name: string; readonly lastModified: string }>({ order, beginning, most })
          for (const file of all) next.add(file)
          const { found, end } = next.take()
          expect(found.length).toBeLessThanOrEqual(most)
          given.push(...found.map((file) => file.name))
          goesOn = end !== undefined
          beginning = end && { after: end }
        }
        const expected = all.toSorted(
          (a, b) =>
            (order === 'lastModified' && Buffer.compare(Buffer.from(a.lastModified), Buffer.from(b.lastModified))) ||
            Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
        )
        expect(given).toEqual(expected.map((file) => file.name))
      }),
    )
  })
})

describe('a folder with more files than are kept of one look', () => {
  const connection = { ...connectionTo(''), http: undefined, type: 'filesystem', filesystem: {} } as unknown as ConnectionDoc
  const run = aRun({ signal: AbortSignal.timeout(3_600_000) })

  it('is read to its last file', { timeout: 3_600_000 }, async () => {
    const root = mkdtempSync(join(tmpdir(), 'sluice-many-'))
    onTestFinished(() => rmSync(root, { recursive: true }))
    const folder = join(root, run.envId, 'in')
    mkdirSync(folder, { recursive: true })
    for (let n = 0; n < many; n++) writeFileSync(join(folder, `${n}.json`), '')
    const doc = exportDoc({
      adaptorType: 'FileSystemExport',
      filesystem: { directoryPath: 'in' },
      pageSize: 1_000,
      file: { type: 'json', output: 'metadata' },
    })
    const adaptor = fileSystem({ files: root, slots: unlimited, evaluator })
    let [count, before, peak] = [0, '', 0]
    const begun = Date.now()
    for await (const { records } of adaptor.source.pages({ doc, connection, run }, undefined)) {
      for (const { fileMeta } of records as readonly { readonly fileMeta: { readonly fileName: string } }[]) {
        expect(compareNames(before, fileMeta.fileName)).toBeLessThan(0)
        before = fileMeta.fileName
        count += 1
      }
      peak = Math.max(peak, process.memoryUsage().heapUsed)
    }
    expect(count).toBe(many)
    expect(existsSync(join(folder, '0.json'))).toBe(true)
    if (process.env['FILES'])
      process.stdout.write(
        `${many} files in ${((Date.now() - begun) / 1000).toFixed(1)} s, ${Math.round(peak / 1024 ** 2)} MB of heap at the most\n`,
      )
  })
})
