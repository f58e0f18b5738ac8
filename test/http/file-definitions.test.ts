/** File definitions as documents: what is refused when one is saved, who needs it, and that it goes along where its steps go. */
import { describe, expect, test } from 'vitest'
import { apiForFile } from '../harness/api.ts'
import { make } from '../harness/flows.ts'
import { samples } from '../harness/samples.ts'

const api = apiForFile()
const sample = (): Record<string, unknown> => samples.filedefinitions({} as never) as Record<string, unknown>
const row = { name: 'k', value: 'P', length: 1 }

describe('what cannot be carried out is refused with its field', () => {
  test.each([
    ['no rules', [], 'rules'],
    ['a rule that is no object', ['x'], 'rules.0'],
    ['a row without elements', [{}], 'rules.0.elements'],
    ['a row that begins with nothing', [{ elements: [{ name: 'k', length: 1 }] }], 'rules.0.elements.0.value'],
    ['a row that begins with a template', [{ elements: [{ ...row, value: '{{k}}' }] }], 'rules.0.elements.0.value'],
    ['an element without a name', [{ elements: [row, { length: 3 }] }], 'rules.0.elements.1.name'],
    ['a column without a width', [{ elements: [row, { name: 'a' }] }], 'rules.0.elements.1.length'],
    ['a list without a name', [{ container: true, children: [{ elements: [row] }] }], 'rules.0.name'],
    ['a list of nothing', [{ container: true, name: 'a' }], 'rules.0.children'],
    ['a row that may not be there', [{ elements: [row], maxOccurrence: 0 }], 'rules.0.maxOccurrence'],
    ['children that are no rules', [{ elements: [row], children: {} }], 'rules.0.children'],
    ['the end of a row', [{ elements: [row], closeRule: { elements: [] } }], 'rules.0.closeRule.elements'],
    [
      'rules without end in each other',
      [Array.from({ length: 28 }).reduce<object>((inner) => ({ elements: [row], children: [inner] }), { elements: [row] })],
      expect.stringMatching(/^rules\.0(\.children\.0){25}$/),
    ],
    ['rules without end beside each other', Array.from({ length: 2001 }, () => ({ elements: [row] })), 'rules.2000'],
  ])('%s', async (_what, rules, field) => {
    const { status, body } = await api.call('POST', '/v1/filedefinitions', { ...sample(), rules })
    expect([status, body.errors]).toMatchObject([422, [{ field, message: expect.any(String) }]])
  })

  test('and nothing of it is stored where it is changed', async () => {
    const made = await make(api, 'filedefinitions', sample())
    expect((await api.call('PUT', `/v1/filedefinitions/${made._id}`, { ...sample(), rules: [{}] })).status).toBe(422)
    expect((await api.call('GET', `/v1/filedefinitions/${made._id}`)).body.rules).toEqual(sample()['rules'])
  })

  test('the standard that it was made from stays', async () => {
    const made = await make(api, 'filedefinitions', { ...sample(), globalId: 'a' })
    const { status, body } = await api.call('PUT', `/v1/filedefinitions/${made._id}`, { ...sample(), globalId: 'b' })
    expect([status, body.errors]).toMatchObject([422, [{ code: 'invalid_field', field: 'globalId' }]])
  })
})

/** An integration with a flow whose export reads by a definition. */
async function build() {
  const definition = await make(api, 'filedefinitions', sample())
  const { _id: _integrationId } = await make(api, 'integrations', { name: 'Payments' })
  const { _id: _connectionId } = await make(api, 'connections', { name: 'files', type: 'filesystem', filesystem: {} })
  const source = {
    name: 'payments',
    _connectionId,
    _integrationId,
    adaptorType: 'FileSystemExport',
    filesystem: { directoryPath: 'in' },
    file: { type: 'filedefinition', fileDefinition: { _fileDefinitionId: definition._id } },
  }
  const made = await make(api, 'exports', source)
  await make(api, 'flows', { name: 'flow', _integrationId, pageGenerators: [{ _exportId: made._id }] })
  return { definition, _integrationId, _connectionId, source, made }
}

test('one that is not there cannot be named', async () => {
  const { source } = await build()
  const file = { type: 'filedefinition', fileDefinition: { _fileDefinitionId: '0'.repeat(24) } }
  const { status, body } = await api.call('POST', '/v1/exports', { ...source, file })
  expect([status, body.errors]).toMatchObject([422, [{ field: 'file.fileDefinition._fileDefinitionId' }]])
})

test('who needs it is told, and it comes back from the recycle bin', async () => {
  const { definition, made } = await build()
  const path = `/v1/filedefinitions/${definition._id}`
  expect((await api.call('GET', `${path}/dependencies`)).body).toMatchObject({ exports: [{ id: made._id }] })
  expect((await api.call('DELETE', path)).status).toBe(204)
  expect((await api.call('GET', path)).status).toBe(404)
  expect((await api.call('POST', `/v1/recycleBinTTL/filedefinitions/${definition._id}/doCascadeRestore`)).status).toBeLessThan(300)
  expect((await api.call('GET', path)).body.rules).toEqual(sample()['rules'])
})

test('a clone of its integration has one of its own', async () => {
  const { definition, _integrationId, _connectionId } = await build()
  const connectionMap = { [String(_connectionId)]: _connectionId }
  const { status, body } = await api.call('POST', `/v1/integrations/${_integrationId}/clone`, { name: 'A copy', connectionMap })
  expect([status, body.errors]).toEqual([200, undefined])
  const copies = (await api.call('GET', '/v1/exports')).body.filter((each: { _sourceId?: string }) => each._sourceId)
  const named = copies.map(
    (each: { file?: { fileDefinition?: { _fileDefinitionId?: string } } }) => each.file?.fileDefinition?._fileDefinitionId,
  )
  expect(named).toEqual([expect.stringMatching(/^[0-9a-f]{24}$/)])
  expect(named).not.toContain(definition._id)
  expect((await api.call('GET', `/v1/filedefinitions/${named[0]}`)).body.rules).toEqual(sample()['rules'])
})
