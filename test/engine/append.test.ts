/** Records at the end of a file, where a try or a worker broke off before: what is there is gone on, whatever others wrote meanwhile. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { append } from '../../src/engine/adaptors/files/append.ts'
import type { FileClient } from '../../src/engine/adaptors/files/client.ts'
import { fileSystemTransport } from '../../src/engine/adaptors/file-system/transport.ts'

const target = { directoryPath: 'out', fileName: 'all.ndjson' }
const lines = '{"id":2}\n{"id":3}\n'

/** Appends two lines to a file that holds this by now, and held so many bytes when the first try began. */
async function appended(there: string, at?: number, content = lines): Promise<{ text: string; begun: number[] }> {
  const root = mkdtempSync(join(tmpdir(), 'sluice-append-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'env', 'out'), { recursive: true })
  const path = join(root, 'env', 'out', 'all.ndjson')
  writeFileSync(path, there)
  const atOnce = <T>(_what: string, act: () => Promise<T>): Promise<T> => act()
  const client = { transport: fileSystemTransport(root, 'env'), alone: atOnce, work: atOnce } as unknown as FileClient
  const begun: number[] = []
  await append({ client, file: { type: 'json' }, encoding: 'utf-8' }, target, {
    at,
    begins: async (from) => void begun.push(from),
    write: () =>
      async function* () {
        for (const character of content) yield Buffer.from(character)
      },
  })
  return { text: readFileSync(path, 'utf8'), begun }
}

const before = '{"id":1}\n'

describe('append', () => {
  it('tells where the file ended before the first byte goes, and not again', async () => {
    expect(await appended(before)).toEqual({ text: before + lines, begun: [before.length] })
    expect((await appended(before, before.length)).begun).toEqual([])
  })

  it.each(Array.from({ length: lines.length + 1 }, (_, cut) => cut))(
    'goes on after %i bytes that came before it broke off',
    async (cut) => {
      expect((await appended(before + lines.slice(0, cut), before.length)).text).toBe(before + lines)
    },
  )

  it('goes on so after a line end that the last line lacked', async () => {
    for (let cut = 0; cut <= lines.length + 1; cut++)
      expect((await appended(`{"id":1}${`\n${lines}`.slice(0, cut)}`, 8)).text).toBe(`{"id":1}\n${lines}`)
  })

  it('writes all of it where somebody else wrote there meanwhile', async () => {
    const others = '{"of":"others"}\n'
    expect((await appended(before + others, before.length)).text).toBe(before + others + lines)
  })

  it('leaves what others wrote after it', async () => {
    const others = '{"of":"others"}\n'
    expect((await appended(before + lines + others, before.length)).text).toBe(before + lines + others)
  })
})
