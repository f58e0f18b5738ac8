/** Files with PGP, and GnuPG as the partner: what it encrypts and signs is read, and what is written it opens and verifies. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from 'openpgp'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ConnectionDoc } from '../../../src/engine/adaptor.ts'
import { fileSystem } from '../../../src/engine/adaptors/file-system/adaptor.ts'
import { createDecryption, createEncryption } from '../../../src/engine/adaptors/files/pgp-keys.ts'
import { isInstalled } from '../../harness/file-servers.ts'
import { evaluator } from '../evaluator.ts'
import { failureOf, run } from './file-cases.ts'
import { collect, connectionTo, exportDoc, importDoc, unlimited } from './stage.ts'

const passphrase = 'of the private key'
let home: string
/** Of this side and of the partner, armoured. */
let ours: { readonly publicKey: string; readonly privateKey: string }
let theirs: { readonly publicKey: string; readonly privateKey: string }
let strangers: { readonly publicKey: string; readonly privateKey: string }

const has = isInstalled('/usr/bin/gpg', 'gpg')

const ask = (args: readonly string[], input: string | Buffer = ''): { status: number | null; stdout: Buffer; stderr: string } => {
  const made = spawnSync(
    'gpg',
    [
      '--homedir',
      home,
      '--batch',
      '--yes',
      '--no-tty',
      '--trust-model',
      'always',
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      '',
      ...args,
    ],
    { input },
  )
  return { status: made.status, stdout: made.stdout, stderr: String(made.stderr) }
}
const gpg = (args: readonly string[], input: string | Buffer = ''): Buffer => {
  const { status, stdout, stderr } = ask(args, input)
  if (status !== 0) throw new Error(`gpg ${args.join(' ')}: ${stderr}`)
  return stdout
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'gpg-'))
  const make = (name: string, secret?: string) =>
    generateKey({ type: 'rsa', rsaBits: 2048, userIDs: [{ name, email: `${name}@example.com` }], ...(secret && { passphrase: secret }) })
  ours = await make('ours', passphrase)
  strangers = await make('strangers')
  if (!has) {
    theirs = await make('theirs')
    return
  }
  // A key of its own says which digests it takes: all of SHA-2.
  gpg(['--quick-generate-key', 'theirs <theirs@example.com>', 'default', 'default', 'never'])
  theirs = { publicKey: String(gpg(['--armor', '--export', 'theirs@example.com'])), privateKey: '' }
  gpg(['--import'], strangers.privateKey)
  gpg(['--import'], ours.publicKey)
})
afterAll(() => {
  spawnSync('gpgconf', ['--homedir', home, '--kill', 'all'])
  rmSync(home, { recursive: true, force: true })
})

const connectionWith = (pgp: object, more: object = {}): ConnectionDoc =>
  ({ ...connectionTo(''), http: undefined, type: 'filesystem', filesystem: {}, pgp, ...more }) as unknown as ConnectionDoc
const keys = () => ({ publicKey: theirs.publicKey, privateKey: ours.privateKey, passphrase })

function folder(files: Readonly<Record<string, string | Buffer>> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'sluice-files-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const own = join(root, run.envId)
  mkdirSync(join(own, 'in'), { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(own, 'in', name), content)
  return { own, adaptor: fileSystem({ files: root, slots: unlimited, evaluator, firstWait: 1 }) }
}

const csv = 'id,name\n1,Zoë\n2,Bob\n'
const records = [
  { id: '1', name: 'Zoë' },
  { id: '2', name: 'Bob' },
]

/** The records of a file, or why it cannot be read. */
async function read(content: string | Buffer, pgp: object = keys(), file: object = {}): Promise<unknown> {
  const { adaptor } = folder({ a: content })
  const doc = exportDoc({
    adaptorType: 'FileSystemExport',
    filesystem: { directoryPath: 'in' },
    file: { type: 'csv', decrypt: 'pgp', ...file },
  })
  let found: unknown[] = []
  const failure = await failureOf(async () => {
    const pages = await collect(adaptor.source.pages({ doc, connection: connectionWith(pgp), run }, undefined))
    found = pages.flatMap((page) => page.records)
  })
  return failure ?? found
}

/** The file that is written, or why it cannot be. */
async function write(pgp: object, file: object, more: object = {}): Promise<Buffer | object> {
  const { own, adaptor } = folder()
  const doc = importDoc({
    adaptorType: 'FileSystemImport',
    filesystem: { directoryPath: 'out' },
    file: { type: 'csv', fileName: 'a.csv', skipAggregation: true, encrypt: true, ...file },
  })
  let outcomes: unknown
  const failure = await failureOf(async () => {
    outcomes = await adaptor.sink.write(
      { doc, connection: connectionWith(pgp, more), run },
      records.map((record) => ({ record, mapped: record })),
    )
  })
  if (failure) return failure
  const content = readFileSync(join(own, 'out/a.csv'))
  expect(outcomes).toMatchObject([{ kind: 'done', response: { _json: { fileSize: content.length } } }, { kind: 'done' }])
  return content
}

async function through(
  change: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
  content: string | Buffer,
): Promise<Buffer> {
  const parts: Uint8Array[] = []
  const chunks = (async function* () {
    yield Buffer.from(content)
  })()
  for await (const part of change(chunks)) parts.push(part)
  return Buffer.concat(parts)
}

describe.runIf(has)('with GnuPG', () => {
  const recipient = ['--recipient', 'ours@example.com']

  it.each([
    ['in binary', []],
    ['in ASCII', ['--armor']],
    ['packed as bzip2', ['--compress-algo', 'bzip2']],
    ['not packed', ['--compress-algo', 'none']],
    ['by an older cipher', ['--cipher-algo', 'CAST5']],
    ['and signed', ['--sign', '--local-user', 'theirs@example.com']],
  ])('a file that it encrypted %s is read', async (_how, args) => {
    expect(await read(gpg([...args, ...recipient, '--encrypt'], csv))).toEqual(records)
  })

  it('a signature of somebody else is refused', async () => {
    expect(await read(gpg(['--sign', '--local-user', 'strangers@example.com', ...recipient, '--encrypt'], csv))).toMatchObject({
      code: 'pgp_signature_invalid',
      message: expect.stringMatching(/is signed by the key [0-9a-f]{16}, which is not the connection's/),
    })
  })

  it('without a public key nobody asks who signed', async () => {
    const { publicKey: _partner, ...own } = keys()
    expect(await read(gpg(['--sign', '--local-user', 'strangers@example.com', ...recipient, '--encrypt'], csv), own)).toEqual(records)
  })

  it.each(['aes128', 'aes192', 'aes256', 'cast5', '3des'])('opens what is encrypted by %s', async (symmetricKeyAlgorithm) => {
    const written = await write(keys(), { pgp: { symmetricKeyAlgorithm } })
    expect(gpg(['--decrypt'], written as Buffer).toString()).toBe(csv)
  })

  it.each(['sha224', 'sha256', 'sha384', 'sha512'])('verifies what is signed by %s', async (hashAlgorithm) => {
    const written = await write({ ...keys(), asciiArmored: true, compressionAlgorithm: 'zlib' }, { pgp: { hashAlgorithm } })
    expect(String(written as Buffer)).toMatch(/^-----BEGIN PGP MESSAGE-----/)
    const { stdout, stderr } = ask(['--status-fd', '2', '--decrypt'], written as Buffer)
    expect(stdout.toString()).toBe(csv)
    expect(stderr).toContain('GOODSIG')
    expect(stderr).toMatch(new RegExp(`VALIDSIG .* ${{ sha224: 11, sha256: 8, sha384: 9, sha512: 10 }[hashAlgorithm]} `))
  })

  it('what is packed is packed before it is encrypted', async () => {
    const { own, adaptor } = folder()
    const file = { type: 'csv', fileName: 'a.csv.gz', skipAggregation: true, encrypt: true, compressionFormat: 'gzip' }
    const doc = importDoc({ adaptorType: 'FileSystemImport', filesystem: { directoryPath: 'out' }, file })
    const step = { doc, connection: connectionWith({ publicKey: ours.publicKey }), run }
    await adaptor.sink.write(
      step,
      records.map((record) => ({ record, mapped: record })),
    )
    expect(await read(readFileSync(join(own, 'out/a.csv.gz')), keys(), { compressionFormat: 'gzip' })).toEqual(records)
  })

  it('the older words of a file server are read where nothing else is said', async () => {
    const { publicKey: pgpEncryptKey, privateKey: pgpDecryptKey, passphrase: pgpPassphrase } = keys()
    const ftp = { pgpEncryptKey, pgpDecryptKey, pgpPassphrase, pgpKeyAlgorithm: 'AES-128', pgpSignAndVerify: true }
    const connection = connectionWith({}, { type: 'ftp', ftp })
    const written = await through(await createEncryption(importDoc({ file: { encrypt: true } }), connection), csv)
    const { stdout, stderr } = ask(['--status-fd', '2', '--decrypt'], written)
    const encrypted = gpg([...recipient, '--encrypt'], csv)
    const read = await through(await createDecryption(exportDoc({ file: { decrypt: 'pgp' } }), connection), encrypted)
    expect(read.toString()).toBe(csv)
    expect([stdout.toString(), stderr]).toEqual([csv, expect.stringContaining('GOODSIG')])
    expect(stderr).toMatch(/DECRYPTION_INFO \d+ 7/)
  })
})

describe('what cannot be', () => {
  const encrypted = async (content: string, to: { readonly publicKey: string }): Promise<Buffer> =>
    through(await createEncryption(importDoc({ file: { encrypt: true } }), connectionWith({ publicKey: to.publicKey })), content)

  it('is not decrypted where nothing is encrypted', async () => {
    expect(await read(csv)).toMatchObject({ code: 'pgp_not_encrypted' })
    expect(await read('-----BEGIN PGP MESSAGE-----\n\nxxxx\n-----END PGP MESSAGE-----\n')).toMatchObject({ code: 'pgp_not_encrypted' })
  })

  it('is not decrypted by another key', async () => {
    expect(await read(await encrypted(csv, strangers))).toMatchObject({ code: 'pgp_wrong_key' })
  })

  it('is not read where it was changed or cut off: not even what stands before', async () => {
    const whole = await encrypted(csv.repeat(1000), ours)
    const changed = Buffer.from(whole)
    changed[whole.length - 40] = (changed[whole.length - 40] ?? 0) ^ 1
    expect(await read(changed)).toMatchObject({ code: 'pgp_damaged' })
    expect(await read(whole.subarray(0, whole.length - 30))).toMatchObject({
      code: expect.stringMatching(/^pgp_(?:damaged|not_encrypted)$/),
    })
  })

  it('is not unpacked beyond 100 MB', { timeout: 120_000 }, async () => {
    const bomb = await encrypted('a'.repeat(101 * 1024 * 1024), ours)
    expect(bomb.length).toBeLessThan(1_000_000)
    expect(await read(bomb)).toMatchObject({ code: 'content_too_large' })
  })

  const decryption = (pgp: object) => failureOf(() => createDecryption(exportDoc({ file: { decrypt: 'pgp' } }), connectionWith(pgp)))
  it('is told of keys before the first file, without a word of theirs', async () => {
    expect(await decryption({})).toMatchObject({ code: 'pgp_key_missing', message: expect.stringContaining('pgp.privateKey') })
    expect(await decryption({ privateKey: 'a secret' })).toMatchObject({
      code: 'pgp_key_invalid',
      message: expect.not.stringContaining('a secret'),
    })
    expect(await decryption({ privateKey: ours.privateKey, passphrase: 'wrong' })).toMatchObject({
      code: 'pgp_passphrase_wrong',
      message: expect.not.stringContaining('wrong'),
    })
    expect(await decryption({ ...keys(), publicKey: 'x' })).toMatchObject({ code: 'pgp_key_invalid' })
    expect(await write({}, {})).toMatchObject({ code: 'pgp_key_missing', message: expect.stringContaining('pgp.publicKey') })
    expect(await write({ publicKey: theirs.publicKey }, { pgp: { hashAlgorithm: 'sha256' } })).toMatchObject({ code: 'pgp_key_missing' })
  })
})
