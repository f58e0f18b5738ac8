/** Users and tokens from the command line, on a data folder that is in use. */
import { expect, test } from 'vitest'
import { openBrowser } from '../harness/browser.ts'
import { dataFolder, runToEnd, startProgram } from '../harness/program.ts'

/** An embedded server starts and stops, and each command is a program of its own. */
const patient = { timeout: 240_000 }

test('users are listed, the owner first; a token is made for a user, in an environment of theirs, and shown once', patient, async () => {
  const SLUICE_DATA = await dataFolder()
  const program = await startProgram({ SLUICE_DATA })
  const sluice = (...words: string[]) => runToEnd(['bin/sluice.js', ...words], { SLUICE_DATA })
  const added = JSON.parse((await sluice('user', 'add', 'someone@example.com', '--json')).stdout)

  const listed = await sluice('user', 'list', '--json')
  expect(JSON.parse(listed.stdout)).toMatchObject([
    { email: 'owner@localhost' },
    { _id: added._id, email: 'someone@example.com', name: 'someone' },
  ])
  expect(listed.stdout).not.toContain(added.token)
  expect((await sluice('user', 'list')).stdout).toContain(`${added._id}  someone@example.com  someone\n`)

  const { body: sandbox } = await program.call('POST', '/v1/environments', { name: 'Sandbox' }, added.token)
  const made = JSON.parse((await sluice('token', 'create', 'Someone@example.com', '--name', 'ci', '--env', sandbox._id, '--json')).stdout)
  expect(made).toEqual({
    _id: expect.any(String),
    name: 'ci',
    _userId: added._id,
    _envId: sandbox._id,
    token: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect((await program.call('POST', '/v1/integrations', { name: 'In it' }, made.token)).body._envId).toBe(sandbox._id)
  expect((await program.call('GET', '/v1/accesstokens', undefined, added.token)).body).toMatchObject([
    { name: 'first token' },
    { name: 'ci', token: '******' },
  ])
  expect((await sluice('token', 'create', 'someone@example.com')).stdout).toMatch(
    /^The token "command line", shown this once: [0-9a-f]{64}\n$/,
  )

  expect(await sluice('token', 'create', 'nobody@example.com')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('There is no user nobody@example.com'),
  })
  expect(await sluice('token', 'create', 'owner@localhost', '--env', sandbox._id)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has no environment'),
  })

  // The first start printed a link for the owner; others get one, or a password, by a command.
  const ofOwner = /\/welcome#([0-9a-f]{64})\n/.exec(program.output())?.[1]
  const browser = openBrowser(program)
  const redeem = (oneTimeToken: string | undefined) =>
    browser.call('POST', '/v1/session/password', { oneTimeToken, password: 'set by the owner' })
  expect((await redeem(ofOwner)).status).toBe(204)
  expect((await browser.call('GET', '/v1/session')).body.user.email).toBe('owner@localhost')
  const link = await runToEnd(['bin/sluice.js', 'user', 'password', 'someone@example.com', '--link'], { SLUICE_DATA, PORT: '3007' })
  const ofSomeone = /^http:\/\/127\.0\.0\.1:3007\/welcome#([0-9a-f]{64})\n$/.exec(link.stdout)?.[1]
  expect((await redeem(ofSomeone)).status).toBe(204)
  expect((await browser.call('GET', '/v1/session')).body.user.email).toBe('someone@example.com')
  const password = (text: string) =>
    runToEnd(['bin/sluice.js', 'user', 'password', 'someone@example.com'], { SLUICE_DATA }, `${text}\nanother line\n`)
  expect(await password('too short')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('at least 12 characters') })
  expect(await password('typed at a terminal')).toMatchObject({ code: 0, stdout: expect.stringContaining('has a new password') })
  await expect.poll(async () => (await browser.call('GET', '/v1/session')).status, { timeout: 30_000 }).toBe(401)
  expect((await browser.signIn({ email: 'someone@example.com', password: 'typed at a terminal' })).status).toBe(204)
  await program.stop()
})
