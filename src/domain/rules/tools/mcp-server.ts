/** MCP servers: an address and names that nothing else has, and APIs that can be called as tools. */
import type { Document } from '../../../contract/document.ts'
import { DomainError } from '../../errors.ts'
import type { Rule } from '../rule.ts'

export const mcpServerRule: Rule<'mcpservers'> = {
  prepare(_ctx, body) {
    refuseSameNames(body as Pick<Document<'mcpservers'>, 'tools' | 'apis'>)
    return body
  },
  async afterWrite(rows, { caller: { accountId, envId } }, { _id, relativeURI, apis = [] }) {
    // Whoever writes another server of the environment waits here, and then sees this one.
    await rows.documents.lockKeys(accountId, [{ collection: 'environments', id: envId }])
    const found = await rows.documents.page(envId, 'mcpservers', { where: { relativeURI }, only: ['_id'], skip: 0, limit: 2 })
    if (found.some((json) => (JSON.parse(json) as { readonly _id: string })._id !== _id))
      throw new DomainError('invalid_field', `Another MCP server has the address ${relativeURI}.`, 'relativeURI')
    for (const [i, { _apiId }] of apis.entries()) {
      const api = (await rows.documents.find(envId, 'apis', _apiId))?.doc
      if (api && api.type !== 'builder')
        throw new DomainError(
          'invalid_field',
          'An MCP server offers APIs of the type builder: nothing says what the others are called with.',
          `apis.${i}._apiId`,
        )
    }
  },
}

function refuseSameNames({ tools = [], apis = [] }: Pick<Document<'mcpservers'>, 'tools' | 'apis'>): void {
  const taken = new Set<string>()
  for (const [list, entries] of [
    ['tools', tools],
    ['apis', apis],
  ] as const)
    for (const [i, { name }] of entries.entries()) {
      if (taken.has(name))
        throw new DomainError('invalid_field', `Another tool or API of the server has the name ${name}.`, `${list}.${i}.name`)
      taken.add(name)
    }
}
