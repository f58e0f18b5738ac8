/** Which addresses are reached and which never are, as literals, as names and after redirects. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHttpClient, type HttpClient } from '../../../src/engine/outgoing/client.ts'
import { refusal, type PrivateNetwork } from '../../../src/engine/outgoing/address-guard.ts'
import { serve } from './server.ts'

const always = [
  '169.254.169.254',
  '169.254.0.1',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '224.0.0.1',
  '239.255.255.255',
  'ff02::1',
  '255.255.255.255',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  '::169.254.169.254',
  '::ffff:0:169.254.169.254',
  '2001:0:4136:e378:8000:63bf:5601:5601',
  '::ffff:0.0.0.0',
  '::ffff:100.100.100.200',
  'not an address',
]
const privately = [
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '127.0.0.1',
  '127.9.9.9',
  '::1',
  'fc00::1',
  'fd12::1',
  '100.64.0.1',
  '::ffff:10.0.0.1',
  '64:ff9b::7f00:1',
  '240.0.0.1',
  'fec0::1',
  '198.18.0.1',
]
const openly = ['8.8.8.8', '172.32.0.1', '2606:4700:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1']

describe('an address', () => {
  it.each(always)('%s is refused always', (address) => {
    expect(refusal(address, 'allow')).toBeTypeOf('string')
    expect(refusal(address, 'refuse')).toBeTypeOf('string')
  })
  it.each(privately)('%s is refused when private networks are', (address) => {
    expect(refusal(address, 'allow')).toBeUndefined()
    expect(refusal(address, 'refuse')).toBe('is on a private network')
  })
  it.each(openly)('%s is reached', (address) => expect(refusal(address, 'refuse')).toBeUndefined())
})

type Found = { address: string; family: number }[]
const resolver = (...answers: Found[]) => {
  let calls = 0
  const lookup = (_name: string, _options: object, callback: (error: null, found: Found) => void): void =>
    callback(null, answers[Math.min(calls++, answers.length - 1)] ?? [])
  return lookup as unknown as NonNullable<Parameters<typeof createHttpClient>[0]['lookup']>
}

function client(privateNetwork: PrivateNetwork, ...answers: Found[]): HttpClient {
  const made = createHttpClient({ privateNetwork, ...(answers.length > 0 && { lookup: resolver(...answers) }) })
  onTestFinished(() => made.close())
  return made
}

const get = (from: HttpClient, url: string) => from.send({ method: 'GET', url, headers: {}, timeout: 3000 }, AbortSignal.timeout(5000))

describe('a request', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://[fe80::1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://0/',
    'http://[::]/',
  ])('to %s is refused', async (url) =>
    expect(await get(client('allow'), url)).toMatchObject({ kind: 'unreachable', code: 'address_refused', passing: false }),
  )

  it.each(['http://127.0.0.1:1/', 'http://2130706433:1/', 'http://0x7f.1:1/', 'http://localhost:1/', 'http://[::1]:1/'])(
    'to %s is refused when private networks are',
    async (url) => {
      expect(await get(client('refuse'), url)).toMatchObject({ code: 'address_refused' })
      expect(await get(client('allow'), url)).toMatchObject({ code: 'connection_refused' })
    },
  )

  it('to a name that resolves to a link-local address is refused', async () => {
    const result = await get(client('allow', [{ address: '169.254.169.254', family: 4 }]), 'http://innocent.example/')
    expect(result).toMatchObject({ code: 'address_refused', message: 'http://innocent.example is not called: its address is link-local.' })
  })

  it('to a name with good and bad addresses goes to a good one', async () => {
    const server = await serve((_request, response) => response.end('here'))
    const result = await get(
      client('allow', [
        { address: '169.254.169.254', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]),
      `http://two.example:${server.port}/`,
    )
    expect(result).toMatchObject({ kind: 'answer', statusCode: 200 })
  })

  it('to a name that resolves differently the second time is refused the second time', async () => {
    const server = await serve((_request, response) => response.writeHead(200, { connection: 'close' }).end())
    const rebinding = client('allow', [{ address: '127.0.0.1', family: 4 }], [{ address: '169.254.169.254', family: 4 }])
    expect(await get(rebinding, `http://rebind.example:${server.port}/`)).toMatchObject({ kind: 'answer' })
    expect(await get(rebinding, `http://rebind.example:${server.port}/`)).toMatchObject({ code: 'address_refused' })
  })

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'unix:/var/run/docker.sock', 'gopher://127.0.0.1/', 'nonsense'])(
    'to %s is refused',
    async (url) => {
      expect(await get(client('allow'), url)).toMatchObject({ kind: 'unreachable', code: 'invalid_url' })
    },
  )

  it.each(['http://169.254.169.254/latest/', 'http://[::ffff:a9fe:a9fe]/', 'http://2852039166/'])(
    'that is redirected to %s is refused',
    async (location) => {
      const server = await serve((_request, response) => response.writeHead(302, { location }).end())
      expect(await get(client('allow'), server.origin)).toMatchObject({ code: 'address_refused' })
    },
  )
})
