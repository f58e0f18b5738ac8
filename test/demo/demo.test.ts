/** The first thing a stranger runs: the whole demo, as a program, on an empty folder and once more on the same one. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Some 12 s on two idle cores. In milliseconds. */
const patience = 180_000
const program = fileURLToPath(new URL('../../demo/main.ts', import.meta.url))

const madeFolders: string[] = []
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-demo-test-'))
  madeFolders.push(folder)
  return folder
}
afterAll(() => Promise.all(madeFolders.map((each) => rm(each, { recursive: true, force: true }))))

let folder: string
beforeAll(async () => {
  folder = await makeFolder()
})

interface Ended {
  readonly status: number
  readonly lines: readonly string[]
}

function run(data: string): Promise<Ended> {
  const { NODE_OPTIONS: _options, PORT: _port, HOST: _host, SLUICE_TOKEN: _token, ...rest } = process.env
  const env = { ...rest, SLUICE_DATA: data, NO_COLOR: '1' }
  return new Promise((resolve) => {
    execFile(process.execPath, [program, '--once'], { env, timeout: patience }, (error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.split('\n').map((line) => line.trim())
      resolve({ status: error ? Number(error.code ?? -1) : 0, lines: lines.filter((line) => line !== '') })
    })
  })
}

const promised = [
  '✓ 4,000 of 4,000 orders arrived',
  '✓ every shipment is, field by field, what its order says',
  '✓ each order arrived exactly once',
  expect.stringMatching(/^All as promised, in \d+\.\d s\.$/),
]

test(
  'every order arrives exactly once, and the errors on the way are told by their causes',
  async () => {
    const { status, lines } = await run(folder)
    expect(lines.slice(-4)).toEqual(promised)
    expect(status).toBe(0)
    expect(
      lines.filter((line) => /Unknown SKU TEA-900|Quantity above stock: FLT-800|the lookup "zone" has no entry/.test(line)),
    ).toHaveLength(3)
  },
  patience,
)

test(
  'it runs again on the folder of an earlier demo',
  async () => {
    const { status, lines } = await run(folder)
    expect(lines.slice(-4)).toEqual(promised)
    expect(status).toBe(0)
    expect(lines).toContain(`✓ the data folder ${folder} is from an earlier demo: used again, without what that one built`)
  },
  patience,
)

test('it leaves a folder alone that holds something else', async () => {
  const other = await makeFolder()
  await writeFile(join(other, 'precious.txt'), 'precious')
  const { status, lines } = await run(other)
  expect(status).toBe(1)
  expect(lines.at(-1)).toBe(`✗ ${other} is not empty, and no demo made it. The demo leaves it alone: let SLUICE_DATA name an empty folder.`)
  expect(await readdir(other)).toEqual(['precious.txt'])
})
