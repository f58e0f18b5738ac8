/** From an integration to a folder and back, and from one environment to the other, at the command line. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ownerToken, startApi } from '../harness/api.ts'
import { openCommandLine, runScript, type CommandLine } from '../harness/command-line.ts'
import type { Ended } from '../harness/program.ts'
import { edit, mapping, startRelated, type Related } from '../harness/related.ts'

/** Many commands, each with several requests. */
const patient = { timeout: 120_000 }

let related: Related
let prod: CommandLine
let folder: string
beforeAll(async () => {
  related = await startRelated()
  prod = await openCommandLine({ SLUICE_URL: related.api.url, SLUICE_TOKEN: ownerToken })
  folder = join(prod.home, 'orders')
})
afterAll(() => related.close())

const fileOf = (kind: string, id: string): Promise<string> =>
  readdir(join(folder, kind)).then((names) => join(folder, kind, names.find((name) => name.endsWith(`${id}.json`)) ?? ''))
async function editFile(kind: string, id: string, change: object): Promise<void> {
  const path = await fileOf(kind, id)
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }, null, 2))
}

test('a folder is pulled, changed and pushed; what is the same says so, and what was not pushed is not overwritten', patient, async () => {
  const { integration, flow } = related.prod
  const pulled = await prod.run('pull', integration, folder)
  expect(pulled).toMatchObject({ code: 0, stderr: expect.stringContaining('holds') })
  await writeFile(join(folder, 'README.md'), 'Ours')
  expect(await prod.run('plan', folder)).toMatchObject({ code: 0, stderr: 'Both are the same.\n' })
  expect(await prod.run('diff', folder)).toMatchObject({ code: 0, stdout: '' })
  expect(await prod.run('push', folder)).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing to do') })

  await editFile('flows', flow, { description: 'From the folder' })
  const planned = await prod.run('plan', folder)
  expect(planned).toMatchObject({ code: 2, stdout: expect.stringContaining('+ description: "From the folder"') })
  expect((await prod.run('diff', folder, '--json')).stdout).toContain('"From the folder"')
  expect((await related.prod.call('GET', `/v1/flows/${flow}`)).body.description).toBeUndefined()
  const refused = await prod.run('pull', integration, folder)
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('were not pushed') })

  const pushed = await prod.run('push', folder, '--description', 'Says more')
  expect(pushed).toMatchObject({ code: 0, stdout: expect.stringContaining('~ flow'), stderr: expect.stringContaining('Applied') })
  expect((await related.prod.call('GET', `/v1/flows/${flow}`)).body.description).toBe('From the folder')
  expect(await prod.run('plan', folder)).toMatchObject({ code: 0 })
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe('Ours')
})

test('a push in conflict changes nothing and ends with 3, until it is said which side counts', patient, async () => {
  const { integration, flow } = related.prod
  expect(await prod.run('pull', integration, folder, '--force')).toMatchObject({ code: 0 })
  await editFile('flows', flow, { description: 'In the folder' })
  await edit(related.prod, `flows/${flow}`, { description: 'On the server' })
  const refused = await prod.run('push', folder)
  expect(refused).toMatchObject({ code: 3, stdout: expect.stringContaining('conflict in flow') })
  expect(refused.stdout).toContain('theirs:  "In the folder"')
  expect((await related.prod.call('GET', `/v1/flows/${flow}`)).body.description).toBe('On the server')
  expect((await related.prod.call('GET', `/v1/integrations/${integration}/revisions`)).body ?? []).not.toContainEqual(
    expect.objectContaining({ status: 'inprogress' }),
  )
  expect(await prod.run('push', folder, '--resolve', 'theirs')).toMatchObject({ code: 0 })
  expect((await related.prod.call('GET', `/v1/flows/${flow}`)).body.description).toBe('In the folder')
})

test(
  'a promotion takes over what development changed; in conflict it changes nothing until it is said which side counts',
  patient,
  async () => {
    const { dev, prod: live } = related
    const between = [dev.integration, live.integration, '--from-environment', dev.envId]
    await edit(dev, `imports/${dev.sink}`, { mappings: [mapping('id'), mapping('currency')] })
    const planned = await prod.run('plan', ...between)
    expect(planned).toMatchObject({ code: 2, stdout: expect.stringContaining('import') })
    expect((await prod.run('diff', ...between)).code).toBe(2)
    expect(await prod.run('promote', ...between)).toMatchObject({ code: 0, stderr: expect.stringContaining('Applied') })
    expect((await live.call('GET', `/v1/imports/${live.sink}`)).body.mappings).toContainEqual(
      expect.objectContaining({ generate: 'currency' }),
    )
    expect(await prod.run('promote', ...between)).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing to do') })

    await edit(dev, `flows/${dev.flow}`, { description: 'Development' })
    await edit(live, `flows/${live.flow}`, { description: 'Production' })
    expect(await prod.run('promote', ...between)).toMatchObject({ code: 3, stdout: expect.stringContaining('conflict') })
    expect((await live.call('GET', `/v1/flows/${live.flow}`)).body.description).toBe('Production')
    expect(await prod.run('promote', ...between, '--resolve', 'ours')).toMatchObject({ code: 0 })
    expect((await live.call('GET', `/v1/flows/${live.flow}`)).body.description).toBe('Production')
  },
)

test('lint names unknown fields, references to nowhere and steps without a connection', patient, async () => {
  const { integration, flow, sink } = related.prod
  await rm(folder, { recursive: true })
  expect(await prod.run('pull', integration, folder)).toMatchObject({ code: 0 })
  expect(await prod.run('lint', folder)).toMatchObject({ code: 0, stderr: expect.stringMatching(/^0 errors/) })
  await editFile('flows', flow, { pageProcessors: [{ type: 'import', _importId: '65f0c0ffee65f0c0ffee65f0' }], discription: 'Typed wrong' })
  await editFile('imports', sink, { _connectionId: undefined })
  const { code, stdout } = await prod.run('lint', folder, '--json')
  expect(code).toBe(1)
  expect(
    JSON.parse(stdout)
      .map(({ field }: { field: string }) => field)
      .toSorted(),
  ).toEqual(['_connectionId', 'discription', 'pageProcessors.0._importId'])
  expect(await prod.run('push', folder)).toMatchObject({ code: 1, stderr: expect.stringContaining('discription') })
})

test('the pipeline checks before a merge, promotes after it, and fails on conflicts', patient, async () => {
  const { dev, prod: live } = related
  const files = join(prod.home, 'pipeline')
  expect(await prod.run('pull', dev.integration, files, '--environment', dev.envId)).toMatchObject({ code: 0 })
  const { body } = await dev.call('GET', `/v1/flows/${dev.flow}`)
  await edit(live, `flows/${live.flow}`, { description: body.description })
  const run = (script: string): Promise<Ended> => runScript(`examples/ci/${script}.sh`, prod, { FOLDER: files, TARGET: live.integration })
  const [name = ''] = (await readdir(join(files, 'flows'))).filter((file) => file.includes(dev.flow))
  const path = join(files, 'flows', name)
  const write = async (description: string) => writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), description }))

  await write('From the pipeline')
  expect(await run('check')).toMatchObject({ code: 0, stdout: expect.stringContaining('From the pipeline') })
  expect(await run('promote')).toMatchObject({ code: 0 })
  expect((await live.call('GET', `/v1/flows/${live.flow}`)).body.description).toBe('From the pipeline')
  await write('From the pipeline again')
  await edit(live, `flows/${live.flow}`, { description: 'By hand' })
  expect((await run('check')).code).toBe(3)
  expect((await run('promote')).code).toBe(3)
  expect((await live.call('GET', `/v1/flows/${live.flow}`)).body.description).toBe('By hand')
})

test('the same between two servers, each a profile that was logged into; conflicts are asked about at a terminal', patient, async () => {
  const other = await startApi()
  onTestFinished(() => other.close())
  for (const [profile, url] of [
    ['here', related.api.url],
    ['there', other.url],
  ] as const)
    expect(await prod.runProgram(`${ownerToken}\n`, 'login', '--url', url, '--profile', profile)).toMatchObject({ code: 0 })
  const { integration, flow } = related.prod
  const copied = await prod.run('copy', integration, '--from', 'here', '--to', 'there', '--name', 'Live', '--json')
  expect(copied).toMatchObject({ code: 0 })
  const { _integrationId: live } = JSON.parse(copied.stdout) as { _integrationId: string }
  const [{ _id: liveFlow }] = (await other.call('GET', `/v1/integrations/${live}/flows`)).body as [{ _id: string }]
  const description = async () => (await other.call('GET', `/v1/flows/${liveFlow}`)).body.description as string

  const files = join(prod.home, 'between')
  expect(await prod.run('pull', `here:${integration}`, files)).toMatchObject({ code: 0 })
  const run = (script: string): Promise<Ended> =>
    runScript(`examples/ci/${script}.sh`, prod, { FOLDER: files, TARGET: live, SLUICE_URL: other.url, SLUICE_TOKEN: ownerToken })
  const [name = ''] = (await readdir(join(files, 'flows'))).filter((file) => file.includes(flow))
  const path = join(files, 'flows', name)
  const write = async (text: string) => writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), description: text }))
  expect([(await run('check')).code, (await run('promote')).code]).toEqual([0, 0])
  await write('From the pipeline')
  expect(await run('check')).toMatchObject({ code: 0, stdout: expect.stringContaining('From the pipeline') })
  expect(await run('promote')).toMatchObject({ code: 0 })
  expect(await description()).toBe('From the pipeline')
  await write('From the pipeline again')
  await other.call('PATCH', `/v1/flows/${liveFlow}`, [{ op: 'replace', path: '/description', value: 'By hand' }])
  expect([(await run('check')).code, (await run('promote')).code, await description()]).toEqual([3, 3, 'By hand'])

  const ask = join(prod.home, 'ask.sh')
  await writeFile(ask, `printf "$ANSWER\\n" | script -qec 'sluice push "$FOLDER" --integration "$TARGET" --resolve ask' /dev/null`)
  const answer = (ANSWER: string): Promise<Ended> =>
    runScript(ask, prod, { ANSWER, FOLDER: files, TARGET: live, SLUICE_URL: other.url, SLUICE_TOKEN: ownerToken })
  expect(await answer('q')).toMatchObject({ code: 3, stdout: expect.stringContaining('"From the pipeline again"') })
  expect(await description()).toBe('By hand')
  expect(await answer('t')).toMatchObject({ code: 0 })
  expect(await description()).toBe('From the pipeline again')
})

test('a server that cannot be reached, a token that is none and an integration that is not there are one line each', patient, async () => {
  const lines = await Promise.all([
    prod.run('pull', '65f0c0ffee65f0c0ffee65f0', folder),
    prod.run('integration', 'show', 'No such thing'),
    prod.runWith({ SLUICE_URL: 'http://127.0.0.1:9' }, 'integration', 'list'),
    prod.runWith({ SLUICE_TOKEN: 'another-token-than-ours' }, 'integration', 'list'),
  ])
  for (const { code, stdout, stderr } of lines) {
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^[^\n]+\n$/)
  }
})
