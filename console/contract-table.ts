/** Gives the browser of every operation what a request needs: method, path, kinds of body, who may. The schemas are types there, and weigh nothing. */
import type { Plugin } from 'vite'
import type { Operation } from '../src/contract/operation.ts'
import { operations } from '../src/contract/operations/index.ts'

const isContractIndex = /\/src\/contract\/operations\/index\.ts$/

const entryOf = ({ method, path, access, allowedBy, bodyType, resultType, result }: Operation): object => ({
  method,
  path,
  access,
  ...(allowedBy && { allowedBy }),
  ...(bodyType && { bodyType }),
  ...(resultType && { resultType }),
  // `call` asks whether an answer without a body is an empty list.
  ...(result && 'items' in result && { result: { items: {} } }),
})

export const contractTable = (): Plugin => ({
  name: 'sluice-contract-table',
  enforce: 'pre',
  load(id) {
    if (!isContractIndex.test(id.split('?')[0] ?? '')) return undefined
    const table = Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, entryOf(operation)]))
    return { code: `export const operations = JSON.parse(${JSON.stringify(JSON.stringify(table))})`, moduleType: 'js' }
  },
})
