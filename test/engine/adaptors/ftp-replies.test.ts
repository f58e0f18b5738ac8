/** What servers for FTP do that vsftpd does not do when it is asked: other lists, other refusals, sessions and transfers that break. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileServer } from '../../../src/engine/adaptors/ftp/adaptor.ts'
import { readTime } from '../../../src/engine/adaptors/ftp/ftps/lists.ts'
import { startScriptedFtp, type ScriptedFtp, type Twists } from '../../harness/scripted-ftp.ts'
import { evaluator } from '../evaluator.ts'
import { collectUnacknowledged, failureOf, run } from './file-cases.ts'
import { ftpConnection, ftpExport, ftpImport } from './ftp-ground.ts'
import { collect, unlimited } from './stage.ts'

const adaptor = fileServer({ slots: unlimited, evaluator, privateNetwork: 'allow', firstWait: 1 })

async function serverWith(twists: Twists, files: Readonly<Record<string, string>> = {}): Promise<ScriptedFtp> {
  const server = await startScriptedFtp(twists)
  onTestFinished(() => server.stop())
  for (const [path, content] of Object.entries(files)) server.files.set(path, Buffer.from(content))
  return server
}
const connectionTo = ({ port }: ScriptedFtp, ftp: object = {}) =>
  ftpConnection({ type: 'ftp', port, username: 'user', password: 'word', ...ftp })

const recordsOf = async (server: ScriptedFtp, ftp: object = {}) =>
  (
    await collect(
      adaptor.source.pages({ doc: ftpExport({ file: { skipDelete: true } }), connection: connectionTo(server, ftp), run }, undefined),
    )
  ).flatMap(({ records }) => records)
const write = (server: ScriptedFtp, file: object = {}) =>
  adaptor.sink.write({ doc: ftpImport({ file: { fileName: 'a.json', ...file } }), connection: connectionTo(server), run }, [
    { record: {}, mapped: { id: 1 } },
  ])
const namesOf = ({ files }: ScriptedFtp): string[] => [...files.keys()].filter((path) => !path.includes('/.')).toSorted()

const two = { '/in/a b.json': '[{"id":1}]', '/in/c.json': '[{"id":2}]' }

describe('a list of files', () => {
  const standard = [
    'type=cdir;modify=20260101120000; .',
    'type=dir;modify=20260101120000; sub.json',
    'type=file;size=10;modify=20260101120000; a b.json',
    'type=file;size=10;modify=20260102120000.123; c.json',
    'type=OS.unix=slink:/etc;size=10; l.json',
  ].join('\r\n')
  const unix = [
    'total 3',
    'drwxr-xr-x    2 0        0            4096 Nov 29 19:48 sub.json',
    '-rw-r-----    1 0        0              10 Nov 29 19:48 a b.json',
    '-rw-r-----    1 a user   a group        10 Nov 29  2024 c.json',
    'lrwxrwxrwx    1 0        0              10 Nov 29 19:48 l.json -> c.json',
  ].join('\r\n')
  const windows = [
    '12-05-25  05:03PM       <DIR>          sub.json',
    '12-05-25  05:03PM                   10 a b.json',
    '12-05-2025  05:03PM                 10 c.json',
  ].join('\r\n')

  /** As servers and their owners make them. */
  const odd = {
    'with rights beyond the usual ones, and owners of several words': [
      '-rwxr-xr-x+   1 domain users  some group of users   10 Nov 29 19:48 a b.json',
      '-rwSr-Sr-T    1 root     10 Nov 29 19:48 c.json',
      'prw-r--r--    1 0 0 0 Nov 29 19:48 pipe.json',
      'srwxr-xr-x    1 0 0 0 Nov 29 19:48 socket.json',
      'brw-rw----    1 0 0 8, 1 Nov 29 19:48 disk.json',
    ],
    'with a count of blocks, the day before the month, and numbers for both': [
      '  4 -rw-r--r--  1 0  0   10 29 Nov 19:48 a b.json',
      '1234 -rw-r--r-- 1 0 0 10 2025-11-29 19:48 c.json',
    ],
    'in Japanese': ['-rw-r--r--  1 0 0  10 11月 29日 19:48 a b.json', '-rw-r--r--  1 0 0  10 2月 8日 2024年 c.json'],
    'with lines that say nothing': [
      'total 8',
      '',
      '   ',
      '-rw-r--r-- 1 0 0 10 Nov 29 19:48 a b.json',
      '\r',
      '-rw-r--r-- 1 0 0 10 Nov 29 19:48 c.json',
      '',
    ],
    'with itself and what is above it': [
      'drwxr-xr-x 2 0 0 4096 Nov 29 19:48 .',
      'drwxr-xr-x 9 0 0 4096 Nov 29 19:48 ..',
      '-rw-r--r-- 1 0 0 10 Nov 29 19:48 .hidden.json',
      '-rw-r--r-- 1 0 0 10 Nov 29 19:48 a b.json',
      '-rw-r--r-- 1 0 0 10 Nov 29 19:48 c.json',
    ],
    'as Windows writes it with the day first and without halves of days': [
      '29-11-2025  17:03                   10 a b.json',
      '11-29-25  17:03  10 c.json',
    ],
  }

  it.each(Object.entries(odd))('%s', async (_name, lines) => {
    const server = await serverWith({ list: () => lines.join('\r\n') }, two)
    expect(await recordsOf(server)).toEqual([{ id: 1 }, { id: 2 }])
  })

  it('in the standard form tells names with semicolons and spaces, whatever the letters of its facts', async () => {
    const lines = [
      'Type=file;Size=10;Modify=20260101120000;UNIX.mode=0644;  a; b .json',
      'type=pdir;perm=e; ..',
      'size=10;type=FILE;unique=x; c.json',
      'type=OS.unix=symlink;size=1; l.json',
    ]
    const server = await serverWith(
      { features: ['MLST type*;size*;modify*;'], list: () => lines.join('\n') },
      { '/in/ a; b .json': '[{"id":1}]', '/in/c.json': '[{"id":2}]' },
    )
    expect(await recordsOf(server)).toEqual([{ id: 1 }, { id: 2 }])
  })

  it('with names of parts of a path takes nobody out of the folder', async () => {
    const lines = ['-rw-r--r-- 1 0 0 10 Nov 29 19:48 ../secret.json', '-rw-r--r-- 1 0 0 10 Nov 29 19:48 c.json']
    const server = await serverWith({ list: () => lines.join('\r\n') }, { ...two, '/secret.json': '[{"id":9}]' })
    const read = recordsOf(server).catch((error: unknown) => error)
    expect(JSON.stringify(await read)).not.toContain('9')
    expect(server.commands.filter((line) => line.includes('secret'))).toEqual([])
  })

  it.each([
    ['in the standard form', { features: ['MLST size*;type*;modify*;'], list: () => standard }, {}, 'MLSD'],
    ['as Unix writes it', { list: () => unix }, {}, 'LIST'],
    ['as Windows writes it', { list: () => windows }, {}, 'LIST'],
    [
      'is asked for as people read it where ftp.entryParser says how it is written',
      { features: ['MLST size*;type*;modify*;'], list: (command: string) => (command.startsWith('LIST') ? unix : standard) },
      { entryParser: 'UNIX' },
      'LIST',
    ],
  ] as const)('%s', async (_name, twists, ftp, command) => {
    const server = await serverWith(twists, two)
    expect(await recordsOf(server, ftp)).toEqual([{ id: 1 }, { id: 2 }])
    expect(server.commands.filter((line) => line.startsWith('MLSD') || line.startsWith('LIST'))).toEqual([command])
  })

  it('in a form that is not known fails the run', async () => {
    const server = await serverWith({ list: () => 'A.TXT;1    2/4   18-NOV-2025 10:00  [ME]' }, two)
    expect(await failureOf(() => recordsOf(server))).toMatchObject({ code: 'list_unreadable' })
  })

  it('without line ends is given up', async () => {
    const server = await serverWith({ list: () => 'x'.repeat(1_000_000) }, two)
    expect(await failureOf(() => recordsOf(server))).toMatchObject({ code: 'list_unreadable' })
  })

  it('tells when a file was written, as far as it says it', () => {
    const now = new Date('2026-03-01T12:00:00.000Z')
    const times: Readonly<Record<string, string>> = {
      'Feb 28 19:48': '2026-02-28T19:48:00.000Z',
      'Mar  2 01:00': '2026-03-02T01:00:00.000Z',
      'Nov 29 19:48': '2025-11-29T19:48:00.000Z',
      'Nov 29  2024': '2024-11-29T00:00:00.000Z',
      '29 Nov 2024': '2024-11-29T00:00:00.000Z',
      '28 Feb 19:48': '2026-02-28T19:48:00.000Z',
      '12-05-96 05:03PM': '1996-12-05T17:03:00.000Z',
      '12-05-2025 12:03AM': '2025-12-05T00:03:00.000Z',
      '29-11-2025 17:03': '2025-11-29T17:03:00.000Z',
      '2025-12-05 10:00': '2025-12-05T10:00:00.000Z',
      'Fév 28 19:48': '',
      'some day': '',
    }
    for (const [said, time] of Object.entries(times)) expect([said, readTime(said, now)]).toEqual([said, time])
  })
})

const list = (): string =>
  '-rw-r-----    1 0        0              10 Nov 29 19:48 a b.json\r\n-rw-r-----    1 0   0    10 Nov 29 19:48 c.json'

describe('a session that ends', () => {
  it('after each transfer costs another one, and nothing else', async () => {
    const server = await serverWith({ list, closesAfterTransfer: true }, two)
    expect(await recordsOf(server)).toEqual([{ id: 1 }, { id: 2 }])
    expect(await write(server)).toMatchObject([{ kind: 'done' }])
    expect(server.files.get('/out/a.json')?.toString()).toBe('[{"id":1}]')
    expect(server.sessions()).toBeGreaterThan(2)
  })

  it('after each command fails the run and the records, and loses nothing', async () => {
    const server = await serverWith({ list, answer: (verb) => (['CWD', 'STOR', 'SIZE', 'MKD'].includes(verb) ? 'cut' : undefined) }, two)
    expect(await failureOf(() => recordsOf(server))).toMatchObject({ code: 'connection_reset' })
    expect(await write(server)).toMatchObject([{ kind: 'failed', failures: [{ code: 'connection_reset' }] }])
    expect(namesOf(server)).toEqual(Object.keys(two))
  })

  it('because there are too many is begun again a few times', async () => {
    let tries = 0
    const server = await serverWith(
      { list, answer: (verb) => (verb === 'USER' && (tries += 1) < 3 ? '421 too many users' : undefined) },
      two,
    )
    expect(await recordsOf(server)).toHaveLength(2)
    const full = await serverWith({ answer: (verb) => (verb === 'USER' ? '421 too many users' : undefined) })
    expect(await failureOf(() => recordsOf(full))).toMatchObject({ code: 'server_busy' })
    expect(full.sessions()).toBe(3)
  })

  it('with an answer that is too long is given up', async () => {
    const server = await serverWith({ answer: (verb) => (verb === 'USER' ? `331-${'x'.repeat(100_000)}` : undefined) })
    expect(await failureOf(() => recordsOf(server))).toMatchObject({ code: 'connection_reset' })
  })
})

describe('a transfer', () => {
  it('of a file that breaks off goes on from there', async () => {
    const lines = Array.from({ length: 50 }, (_, id) => `{"id":${id}}`).join('\n')
    const server = await serverWith(
      { list: () => `-rw-r----- 1 0 0 ${lines.length} Nov 29 19:48 a.ndjson`, cutsAfter: 200 },
      { '/in/a.ndjson': lines },
    )
    expect(await recordsOf(server)).toHaveLength(50)
    expect(server.commands.filter((line) => line.startsWith('REST')).length).toBeGreaterThan(0)
  })

  it('of a file that is cut leaves nothing under its final name', async () => {
    const server = await serverWith({ cutsAfter: 3 })
    expect(await write(server)).toMatchObject([{ kind: 'failed', failures: [{ code: 'connection_reset' }] }])
    expect(namesOf(server)).toEqual([])
  })

  it('of which the server has less than was sent leaves nothing under its final name', async () => {
    const server = await serverWith({ keeps: 3 })
    expect(await write(server)).toMatchObject([{ kind: 'failed', failures: [{ code: 'upload_incomplete' }] }])
    expect(namesOf(server)).toEqual([])
  })

  it('to the end of a file that is cut goes on where the server has it, and each row is there once', async () => {
    const server = await serverWith({ cutsAfter: 7 }, { '/out/all.ndjson': '{"id":0}\n' })
    const doc = ftpImport({ file: { fileName: 'all.ndjson', append: true } })
    const ids = [1, 2, 3].map((id) => ({ record: {}, mapped: { id } }))
    expect(await adaptor.sink.write({ doc, connection: connectionTo(server), run }, ids)).toMatchObject([{ kind: 'failed' }, {}, {}])
    // Each try goes on where the one before ended.
    const whole = '{"id":0}\n{"id":1}\n{"id":2}\n{"id":3}\n'
    const text = server.files.get('/out/all.ndjson')?.toString() ?? ''
    expect([whole.startsWith(text), text.length > 9 + 7]).toEqual([true, true])
    const short = await serverWith({ cutsAfter: 15 }, { '/out/all.ndjson': '{"id":0}\n' })
    expect(await adaptor.sink.write({ doc, connection: connectionTo(short), run }, ids)).toMatchObject([{ kind: 'done' }, {}, {}])
    expect(short.files.get('/out/all.ndjson')?.toString()).toBe(whole)
    expect(short.commands.filter((line) => line.startsWith('APPE'))).toHaveLength(2)
  })

  it('to a disk that is full fails its records in words', async () => {
    const server = await serverWith({ answer: (verb) => (verb === 'STOR' ? '552 quota exceeded' : undefined) })
    expect(await write(server)).toMatchObject([{ kind: 'failed', failures: [{ code: 'disk_full' }] }])
  })

  it('over a file that the server does not rename over takes its place all the same', async () => {
    const answers = (verb: string, path: string) => (verb === 'RNTO' && server.files.has(path) ? '553 it is there' : undefined)
    const server: ScriptedFtp = await serverWith({ answer: answers }, { '/out/a.json': 'old' })
    expect(await write(server)).toMatchObject([{ kind: 'done' }])
    expect(server.files.get('/out/a.json')?.toString()).toBe('[{"id":1}]')
  })

  it('to a folder on another disk is a copy', async () => {
    const answer = (verb: string, path: string) =>
      verb === 'RNTO' && path === '/done/c.json' && !copied(server) ? '550 Rename failed' : undefined
    const copied = ({ files }: ScriptedFtp): boolean => [...files.keys()].some((path) => path.startsWith('/done/.'))
    const server: ScriptedFtp = await serverWith(
      { list: () => '-rw-r----- 1 0 0 10 Nov 29 19:48 c.json', answer },
      { '/in/c.json': '[{"id":2}]' },
    )
    const doc = ftpExport({ ftp: { backupDirectoryPath: 'done' } })
    await collect(adaptor.source.pages({ doc, connection: connectionTo(server), run }, undefined))
    expect([...server.files]).toEqual([['/done/c.json', Buffer.from('[{"id":2}]')]])
  })

  it('goes nowhere else than to the server that let the user in, whatever address it tells', async () => {
    const server = await serverWith({ list, passiveAddress: '10,0,0,7' }, two)
    expect(await recordsOf(server)).toHaveLength(2)
  })

  it('that nothing comes of, since no connection for data is opened, fails the run in words', async () => {
    const server = await serverWith({ list, answer: (verb) => (verb === 'EPSV' ? '229 passive (|||1|)' : undefined) }, two)
    expect(await failureOf(() => recordsOf(server))).toMatchObject({
      code: 'data_connection_failed',
      message: expect.stringContaining('ftp.usePassiveMode') as string,
    })
  })

  it('from a file that is gone by then, or that the server tells no size of, fails the run in words', async () => {
    const gone = await serverWith({ list })
    gone.files.set('/in/other', Buffer.from(''))
    expect(await failureOf(() => recordsOf(gone))).toMatchObject({ code: 'file_missing' })
    const dumb = await serverWith({ list, answer: (verb) => (verb === 'SIZE' ? '502 not here' : undefined) }, two)
    expect(await failureOf(() => recordsOf(dumb))).toMatchObject({ code: 'file_error' })
  })

  it('from a file that is gone in the middle of it fails the run, and what was written anew stays', async () => {
    const server = await serverWith({ list, answer: (verb) => (verb === 'MDTM' ? '500 what?' : undefined) }, two)
    const step = { doc: ftpExport({}), connection: connectionTo(server), run }
    const pages = await collectUnacknowledged(adaptor.source.pages(step, undefined))
    server.files.set('/in/a b.json', Buffer.from('[{"id":17}]'))
    server.files.delete('/in/c.json')
    for (const page of pages) await page.ack?.()
    expect(namesOf(server)).toEqual(['/in/a b.json'])
  })
})
