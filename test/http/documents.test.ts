/** The five operations of every document type, held for each type alike: what they answer, what they refuse, and who sees what. */
import { beforeAll, describe, expect, test } from 'vitest'
import { resources, type Collection } from '../../src/contract/resources/index.ts'
import { apiForFile } from '../harness/api.ts'
import { ask } from '../harness/database.ts'
import { makeOneOfEach, nobody, optionalField, samples, type Ids } from '../harness/samples.ts'

const collections = Object.keys(resources) as Collection[]
const api = apiForFile()
let ids: Ids
let theirs: Ids

/** Every account has its production environment. */
const empty = collections.filter((collection) => collection !== 'environments')
describe.each(empty)('an account without %s', (collection) => {
  test('lists them as 204 without a body', async () => {
    const { status, text, headers } = await api.call('GET', `/v1/${collection}`)
    expect({ status, text, type: headers.get('content-type'), link: headers.get('link') }).toEqual({
      status: 204,
      text: '',
      type: null,
      link: null,
    })
  })
})

describe.each(collections)('%s', (collection) => {
  beforeAll(async () => {
    ids ??= await makeOneOfEach(api.call)
    theirs ??= await makeOneOfEach(api.stranger)
  })
  const path = `/v1/${collection}`
  const make = async () => (await api.call('POST', path, samples[collection](ids))).body

  describe('200, 201 and 204', () => {
    test('create answers 201 with the document and its stamps', async () => {
      const sent = samples[collection](ids)
      const { status, body, headers } = await api.call('POST', path, sent)
      expect(status).toBe(201)
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(body._id).toMatch(/^[0-9a-f]{24}$/)
      expect(body.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(body.lastModified).toBe(body.createdAt)
      expect({ ...body, ...(sent['http'] !== undefined && { http: sent['http'] }) }).toMatchObject(sent)
    })

    test('read answers 200 with what create answered', async () => {
      const made = await make()
      const { status, body } = await api.call('GET', `${path}/${made._id}`)
      expect({ status, body }).toEqual({ status: 200, body: made })
    })

    test('list answers 200 with the documents, oldest first', async () => {
      const made = await make()
      const { status, body } = await api.call('GET', path)
      expect(status).toBe(200)
      const { [collection === 'scripts' ? 'content' : '']: _content, ...shown } = made
      expect(body.at(-1)).toEqual(shown)
      expect(body.map(({ _id }: { _id: string }) => _id)).toEqual(
        body.map(({ _id }: { _id: string }) => _id).toSorted((a: string, b: string) => (a < b ? -1 : 1)),
      )
    })

    test('replace answers 200, erases fields that are left out, and keeps the id and when it was made', async () => {
      const made = await make()
      const { [optionalField[collection]]: left, ...rest } = samples[collection](ids)
      expect(left).toBeDefined()
      const sent = { ...rest, name: 'Renamed', _id: nobody, createdAt: '2001-01-01T00:00:00.000Z' }
      const { status, body, headers } = await api.call('PUT', `${path}/${made._id}`, sent)
      expect(status).toBe(200)
      expect(headers.get('sluice-ignored-fields')).toBeNull()
      expect(body).toMatchObject({ _id: made._id, createdAt: made.createdAt, name: 'Renamed' })
      expect(body).not.toHaveProperty(optionalField[collection])
      expect(Date.parse(body.lastModified)).toBeGreaterThanOrEqual(Date.parse(made.lastModified))
      expect((await api.call('GET', `${path}/${made._id}`)).body).toEqual(body)
    })

    test('replace keeps the fields that only the server sets, and a client cannot set them', async () => {
      const made = await make()
      const has = (field: string): boolean => Object.hasOwn(resources[collection].stored.properties, field)
      const field = collection === 'integrations' ? '_registeredConnectionIds' : (['_sourceId', '_userId'].find(has) ?? 'deletedAt')
      const value = collection === 'integrations' ? [ids.connections] : nobody
      if ((resources[collection].stored.properties[field as '_id'] as { readOnly?: boolean }).readOnly !== true)
        throw new Error(`${field} is not read-only`)
      const created = await api.call('POST', path, { ...samples[collection](ids), [field]: value })
      expect(created.body[field]).not.toEqual(value)
      await ask(api.config, `update sluice.documents set doc = doc || $2 where _id = $1`, [made._id, JSON.stringify({ [field]: value })])
      const { body } = await api.call('PUT', `${path}/${made._id}`, { ...samples[collection](ids), [field]: [] })
      expect(body[field]).toEqual(value)
    })

    test('what was read can be sent back as it is: nothing changes but lastModified, and no field is reported', async () => {
      const made = await make()
      const { status, body, headers } = await api.call('PUT', `${path}/${made._id}`, made, { prefer: 'handling=strict' })
      expect({ status, ignored: headers.get('sluice-ignored-fields') }).toEqual({ status: 200, ignored: null })
      expect({ ...body, lastModified: '' }).toEqual({ ...made, lastModified: '' })
    })

    test('delete answers 204 without a body; the document is gone for reads, lists, replacements and a second delete', async () => {
      const made = await make()
      const { status, text } = await api.call('DELETE', `${path}/${made._id}`)
      expect({ status, text }).toEqual({ status: 204, text: '' })
      for (const [method, body] of [['GET'], ['PUT', samples[collection](ids)], ['DELETE']] as const) {
        expect((await api.call(method, `${path}/${made._id}`, body)).status).toBe(404)
      }
      const { text: list } = await api.call('GET', path)
      expect(list).not.toContain(made._id)
    })
  })

  describe('400', () => {
    test('create and replace refuse malformed JSON and an empty body', async () => {
      for (const [method, at] of [
        ['POST', path],
        ['PUT', `${path}/${ids[collection]}`],
      ] as const) {
        for (const body of ['{"name":', '{"name":"a"} trailing', '', 'name']) {
          const answer = await api.call(method, at, body)
          expect({ body, status: answer.status, code: answer.body.errors[0].code }).toEqual({ body, status: 400, code: 'malformed_json' })
        }
      }
    })
  })

  describe('401', () => {
    test('every operation without a token, and nothing happens', async () => {
      const at = `${path}/${ids[collection]}`
      for (const [method, to, body] of [
        ['GET', path],
        ['POST', path, samples[collection](ids)],
        ['GET', at],
        ['PUT', at, samples[collection](ids)],
        ['DELETE', at],
      ] as const) {
        const answer = await api.call(method, to, body, { authorization: 'Bearer wrong' })
        expect({ method, status: answer.status, body: answer.body }).toEqual({
          method,
          status: 401,
          body: { message: 'Bearer Authentication Failed' },
        })
      }
      expect((await api.call('GET', at)).status).toBe(200)
    })
  })

  describe('404', () => {
    test.each(['GET', 'PUT', 'DELETE'])(
      '%s of an id that no document has, of what is no id, and of a document of another type',
      async (method) => {
        const other = collection === 'scripts' ? ids.flows : ids.scripts
        for (const id of [
          nobody,
          'abc',
          'a'.repeat(24).toUpperCase(),
          `${nobody}0`,
          encodeURIComponent('../scripts'),
          '%00',
          '%20',
          other,
        ]) {
          const { status, body } = await api.call(method, `${path}/${id}`, method === 'PUT' ? samples[collection](ids) : undefined)
          expect({ id, status, code: body.errors[0].code }).toEqual({ id, status: 404, code: 'invalid_ref' })
          expect(body.errors[0].message).toBeTypeOf('string')
        }
      },
    )

    test("another account's document is a 404 on read, replace and delete, stays as it is, and is in no list", async () => {
      const at = `${path}/${theirs[collection]}`
      const before = (await api.stranger('GET', at)).body
      const unknown = await api.call('GET', `${path}/${nobody}`)
      for (const [method, body] of [['GET'], ['PUT', samples[collection](ids)], ['DELETE']] as const) {
        const answer = await api.call(method, at, body)
        expect({ method, status: answer.status, body: answer.body }).toEqual({ method, status: 404, body: unknown.body })
      }
      expect((await api.stranger('GET', at)).body).toEqual(before)
      expect((await api.call('GET', path)).text).not.toContain(theirs[collection])
      expect((await api.stranger('GET', path)).text).not.toContain(ids[collection])
    })
  })

  describe('422', () => {
    test('create and replace refuse a body without what it needs, and name the field', async () => {
      // A tag needs a name under either of two; an API a type, unless it is one of the older ones that name a function beside it.
      const field = resources[collection].body.required?.[0] ?? (collection === 'apis' ? 'type' : 'tag')
      const { [field === 'tag' ? 'name' : field]: _left, ...rest } = samples[collection](ids)
      for (const [method, at] of [
        ['POST', path],
        ['PUT', `${path}/${ids[collection]}`],
      ] as const) {
        const { status, body } = await api.call(method, at, rest)
        expect({ status, body }).toEqual({
          status: 422,
          body: { errors: [{ code: 'missing_required_field', message: `Expected field: ${field} to be present.`, field }] },
        })
      }
    })

    test('create and replace refuse values of the wrong kind, all of them at once', async () => {
      const wrong = { ...samples[collection](ids), name: 5, [optionalField[collection]]: { no: 'text' } }
      for (const [method, at] of [
        ['POST', path],
        ['PUT', `${path}/${ids[collection]}`],
      ] as const) {
        const { status, body } = await api.call(method, at, wrong)
        expect(status).toBe(422)
        expect(body.errors.map(({ code }: { code: string }) => code)).toEqual(['invalid_field', 'invalid_field'])
        expect(new Set(body.errors.map(({ field }: { field: string }) => field))).toEqual(new Set(['name', optionalField[collection]]))
      }
    })

    test('create refuses bodies that are no object', async () => {
      for (const body of ['null', '[]', '5', '"text"', 'true', '[{"name":"a"}]']) {
        const answer = await api.call('POST', path, body)
        expect({ body, status: answer.status, code: answer.body.errors[0].code }).toEqual({ body, status: 422, code: expect.any(String) })
      }
    })

    test('a refused replacement leaves the document as it is', async () => {
      const before = (await api.call('GET', `${path}/${ids[collection]}`)).body
      await api.call('PUT', `${path}/${ids[collection]}`, { name: 5 })
      expect((await api.call('GET', `${path}/${ids[collection]}`)).body).toEqual(before)
    })
  })
})
