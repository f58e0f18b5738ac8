/** Secrets: sealed at rest, shown as their mask, kept where the mask comes back, and never anywhere else. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Collection } from '../../src/contract/resources/index.ts'
import { revealSecrets } from '../../src/domain/secrets.ts'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { samples, type Body, type Ids } from '../harness/samples.ts'

const api = apiForFile()
let envId: string
beforeAll(async () => {
  envId = (await api.call('GET', '/v1/tokenInfo')).body._userId
})

const mask = '******'
const token = (value: unknown, name = 'Shop'): Body => ({
  name,
  type: 'http',
  http: { baseURI: 'https://shop.example', mediaType: 'json', auth: { type: 'token', token: { token: value, location: 'header' } } },
})
const make = async (body: Body, collection: Collection = 'connections') => (await api.call('POST', `/v1/${collection}`, body)).body
const replace = (id: string, body: Body) => api.call('PUT', `/v1/connections/${id}`, body)
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into documents of every shape
const revealed = async (id: string, collection: Collection = 'connections'): Promise<any> => {
  const entry = await api.world.store.documents.find(envId, collection, id)
  if (!entry) throw new Error(`no document ${id}`)
  return revealSecrets(api.world.vault, envId, entry)
}
const rowOf = async (id: string) =>
  (await ask(api.config, `select doc::text as doc, secrets from sluice.documents where _id = $1`, [id]))[0]

describe('kept', () => {
  test('a secret is sealed: neither its column nor the document shows it, and the vault opens it', async () => {
    const { _id } = await make(token('s3cr3t-value'))
    const row = await rowOf(_id)
    expect(row?.['doc']).toContain(mask)
    expect(JSON.stringify(row)).not.toContain('s3cr3t-value')
    expect((await revealed(_id)).http.auth.token.token).toBe('s3cr3t-value')
  })

  test('the mask sent back keeps the first secret, through any number of replacements', async () => {
    const made = await make(token('first-value'))
    for (const name of ['a', 'b']) expect((await replace(made._id, { ...made, name })).status).toBe(200)
    expect((await revealed(made._id)).http.auth.token.token).toBe('first-value')
  })

  test('a new value takes the place of the old one', async () => {
    const { _id } = await make(token('first-value'))
    const { body } = await replace(_id, token('second-value'))
    expect(body.http.auth.token.token).toBe(mask)
    expect((await revealed(_id)).http.auth.token.token).toBe('second-value')
  })

  test('a secret that is left out is erased: the mask is refused afterwards', async () => {
    const { _id } = await make(token('first-value'))
    const { http } = token('') as { http: Body }
    await replace(_id, { ...token(''), http: { ...http, auth: { type: 'token', token: { location: 'header' } } } })
    expect((await rowOf(_id))?.['secrets']).toBeNull()
    expect((await replace(_id, token(mask))).status).toBe(422)
  })

  test('each secret of a document on its own', async () => {
    const http = {
      baseURI: 'https://a.example',
      mediaType: 'json',
      encrypted: { apiKey: 'key-one', nested: { b: 'key-two' } },
      clientCertificates: { key: 'private-key', passphrase: 'passphrase-one' },
    }
    const made = await make({ name: 'a', type: 'http', http })
    expect(made.http).toMatchObject({ encrypted: mask, clientCertificates: { key: mask, passphrase: mask } })
    const changed = { ...made, http: { ...made.http, clientCertificates: { key: mask, passphrase: 'passphrase-two' } } }
    expect((await replace(made._id, changed)).status).toBe(200)
    const { encrypted, clientCertificates } = (await revealed(made._id)).http
    expect({ encrypted, clientCertificates }).toEqual({
      encrypted: http.encrypted,
      clientCertificates: { key: 'private-key', passphrase: 'passphrase-two' },
    })
  })

  test('also under names with dots and slashes, where any name is a secret', async () => {
    const pgp = { privateKey: 'key-one', 'vendor.key/2~a': 'key-two' }
    const made = await make({ ...token('first-value'), pgp })
    expect(made.pgp).toEqual({ privateKey: mask, 'vendor.key/2~a': mask })
    expect((await replace(made._id, made)).status).toBe(200)
    expect((await revealed(made._id)).pgp).toEqual(pgp)
  })

  test('in exports too', async () => {
    const webhook = { verify: 'token', token: 'hook-secret', path: 'a', tokenLocation: 'header', header: 'x' }
    const made = await make({ name: 'a', type: 'webhook', adaptorType: 'WebhookExport', webhook }, 'exports')
    expect(made.webhook.token).toBe(mask)
    expect((await revealed(made._id, 'exports')).webhook.token).toBe('hook-secret')
  })

  test('sealed secrets open in their own document alone', async () => {
    const [one, two] = [await make(token('of-one')), await make(token('of-two'))]
    await ask(api.config, `update sluice.documents set secrets = (select secrets from sluice.documents where _id = $1) where _id = $2`, [
      one._id,
      two._id,
    ])
    await expect(revealed(two._id)).rejects.toThrow(/authenticate/)
  })
})

describe('shown to nobody', () => {
  test('no answer holds a secret: not create, read, list, replace, nor any projection', async () => {
    const made = await api.call('POST', '/v1/connections', token('never-shown-1', 'hidden'))
    const at = `/v1/connections/${made.body._id}`
    const answers = [
      made,
      await api.call('GET', at),
      await api.call('PUT', at, token('never-shown-2', 'hidden')),
      await api.call('GET', '/v1/connections'),
      await api.call('GET', '/v1/connections?include=http'),
      await api.call('GET', '/v1/connections?include=http.auth.token.token'),
      await api.call('GET', '/v1/connections?exclude=type'),
    ]
    for (const { status, text } of answers) {
      expect(status).toBeLessThan(300)
      expect(text).not.toContain('never-shown')
    }
    expect(answers[5]?.body.find((each: Body) => each['_id'] === made.body._id)).toEqual({
      _id: made.body._id,
      name: 'hidden',
      type: 'http',
      http: { auth: { token: { token: mask } } },
    })
  })

  test('no refusal repeats one', async () => {
    const refused = await api.call('POST', '/v1/connections', { ...token('never-shown-3'), name: 5, _agentId: '0'.repeat(24) })
    expect(refused.status).toBe(422)
    const wrongKind = await api.call('POST', '/v1/connections', token({ object: 'never-shown-4' }))
    expect(wrongKind.status).toBe(422)
    expect(refused.text + wrongKind.text).not.toContain('never-shown')
  })

  test('no document of the database holds one in clear text', async () => {
    const everything = await ask(api.config, `select string_agg(d::text, '') as text from sluice.documents d`)
    expect(String(everything[0]?.['text'])).not.toMatch(/never-shown|-value|key-one|key-two|hook-secret|passphrase-/)
  })
})

describe('422', () => {
  test('the mask where no secret is stored, on create and on replace, with the field', async () => {
    const message = 'http.auth.token.token is the mask of a secret, and no secret is stored there. Send the secret itself.'
    const errors = [{ code: 'invalid_secret', message, field: 'http.auth.token.token' }]
    const created = await api.call('POST', '/v1/connections', token(mask))
    expect({ status: created.status, errors: created.body.errors }).toEqual({ status: 422, errors })
    const { _id } = await make({ name: 'a', type: 'http', http: { baseURI: 'https://a.example', mediaType: 'json' } })
    const replaced = await replace(_id, token(mask))
    expect({ status: replaced.status, errors: replaced.body.errors }).toEqual({ status: 422, errors })
  })

  test('a refused replacement leaves the secret as it was', async () => {
    const { _id } = await make(token('still-here-value'))
    expect((await replace(_id, { ...token('other-value'), _agentId: '0'.repeat(24) })).status).toBe(422)
    expect((await revealed(_id)).http.auth.token.token).toBe('still-here-value')
  })
})

test('what only looks like a secret is kept as it is sent', async () => {
  const body = await make({ ...samples.connections({} as Ids), settings: { password: 'plain', note: mask } })
  expect(body.settings).toEqual({ password: 'plain', note: mask })
})
