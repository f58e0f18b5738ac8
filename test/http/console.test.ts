/** The console is served as it was built: one page at every path of its own, assets for ever, and a page that says what to do where nothing is built. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../harness/api.ts'

const html = '<!doctype html><title>Sluice</title>'
const script = `console.log("${'built '.repeat(400)}")`
let dist: string
let built: Api
let unbuilt: Api
beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), 'sluice-console-'))
  await mkdir(join(dist, 'assets'))
  await writeFile(join(dist, 'index.html'), html)
  await writeFile(join(dist, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(dist, 'assets', 'index-a1b2c3.js'), script)
  await writeFile(join(dist, 'assets', 'index-a1b2c3.js.br'), brotliCompressSync(script))
  await writeFile(join(dist, 'assets', 'index-a1b2c3.js.gz'), gzipSync(script))
  built = await startApi({ consoleFolder: dist })
  unbuilt = await startApi({ consoleFolder: join(dist, 'nothing-here') })
})
afterAll(async () => {
  await built.close()
  await unbuilt.close()
  await rm(dist, { recursive: true })
})
const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const get = (path: string, headers: Record<string, string> = asBrowser, method = 'GET') =>
  fetch(built.url + path, { method, headers, redirect: 'manual' })

describe('the page', () => {
  test.each(['/', '/integrations/6790c0de0000000000000001/flows?tab=errors', '/welcome', '/sign-in/'])(
    'is answered at %s',
    async (path) => {
      const answer = await get(path)
      expect([answer.status, await answer.text()]).toEqual([200, html])
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        'referrer-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringMatching(/^default-src 'self';.*frame-ancestors 'none'$/),
      })
      expect(answer.headers.get('content-security-policy')).not.toContain('unsafe-eval')
    },
  )

  test('is asked for again with its tag, and not sent twice', async () => {
    const etag = (await get('/')).headers.get('etag') as string
    expect((await get('/', { ...asBrowser, 'if-none-match': etag, 'cache-control': 'max-age=0' })).status).toBe(304)
  })

  test.each([
    ['/v1/unknown', asBrowser, 'GET', 401],
    ['/v1', asBrowser, 'GET', 401],
    ['/apis/v1/orders', asBrowser, 'GET', 401],
    ['/integrations/1', { accept: 'application/json' }, 'GET', 404],
    ['/integrations/1', { ...asBrowser, authorization: 'Bearer owner-token-for-tests' }, 'GET', 404],
    ['/integrations/1', asBrowser, 'POST', 404],
    ['/assets/gone-d4e5f6.js', asBrowser, 'GET', 404],
    ['/docs/nothing', asBrowser, 'GET', 404],
  ] as const)('is not answered at %s to what no browser opens there (%o, %s)', async (path, headers, method, status) => {
    const answer = await get(path, headers, method)
    expect([answer.status, (await answer.text()).includes('<!doctype')]).toEqual([status, false])
  })
})

describe('assets', () => {
  test('are kept for ever, in the encoding that the browser takes', async () => {
    for (const [encoding, length] of [
      ['br', brotliCompressSync(script).length],
      ['gzip', gzipSync(script).length],
    ] as const) {
      const answer = await get('/assets/index-a1b2c3.js', { 'accept-encoding': encoding })
      expect(await answer.text()).toBe(script)
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-encoding': encoding,
        'content-length': String(length),
        'content-type': expect.stringContaining('javascript'),
        'cache-control': 'public, max-age=31536000, immutable',
        vary: expect.stringMatching(/accept-encoding/i),
      })
    }
    const plain = await get('/assets/index-a1b2c3.js', { 'accept-encoding': 'identity' })
    expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, script])
  })

  test('beside them lie files of the page, and nothing outside the folder is reached', async () => {
    expect((await get('/favicon.svg')).headers.get('content-type')).toContain('image/svg+xml')
    for (const path of ['/assets/../index.html', '/assets/%2e%2e/index.html', '/assets/..%2f..%2fetc/passwd', '/assets//etc/passwd'])
      expect((await get(path, { accept: '*/*' })).status).toBeGreaterThanOrEqual(path === '/assets/../index.html' ? 200 : 400)
  })
})

test('where nothing is built, / says which command builds it', async () => {
  const answer = await fetch(unbuilt.url, { headers: asBrowser })
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
  expect(await answer.text()).toContain('npm run build')
  expect((await fetch(`${unbuilt.url}/docs`)).status).toBe(200)
})
