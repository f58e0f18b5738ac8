/** Folders: what an export of files takes to go through one that holds a million of them, in time and memory, look by look. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from './harness/child.ts'
import type { Question, Row } from './harness/row.ts'

const many = 1_000_000
const few = 25_000
/** Files that are made at once. */
const madeAtOnce = 500

async function fill(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (let from = 0; from < count; from += madeAtOnce)
    await Promise.all(
      Array.from({ length: Math.min(madeAtOnce, count - from) }, (_, i) =>
        writeFile(join(folder, `${String(from + i).padStart(9, '0')}.json`), ''),
      ),
    )
}

async function answer(): Promise<readonly Row[]> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-folders-'))
  const child = await startChild('./folder-looks.ts')
  try {
    await fill(join(root, 'env', 'few'), few)
    await fill(join(root, 'env', 'many'), many)
    const small = await child.ask({ root, folder: 'few' })
    const large = await child.ask({ root, folder: 'many' })
    const perFile = (found: Readonly<Record<string, number | string>>): number => Number(found['ms']) / Number(found['files'])
    return [
      {
        what: `time of a file to be listed in a folder of ${many.toLocaleString('en')} to that in one of ${few.toLocaleString('en')}`,
        detail: `${large['files']} files in ${large['looks']} looks, ${(Number(large['ms']) / 1000).toFixed(0)} s in all, the longest ${Number(large['longestMs']).toFixed(0)} ms`,
        value: perFile(large) / perFile(small),
        goal: { than: 'at most', value: 40, unit: '' },
      },
      {
        what: `memory that listing a folder of ${many.toLocaleString('en')} files adds`,
        detail: 'the largest of all looks, above that before the first',
        value: Number(large['addedMb']),
        goal: { than: 'under', value: 100, unit: 'MB' },
      },
    ]
  } finally {
    await child.stop()
    await rm(root, { recursive: true, force: true })
  }
}

export const folders: Question = {
  name: 'folders',
  asks: 'What does a folder of a million files cost an export?',
  answer,
}
