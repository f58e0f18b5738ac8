/**
 * Gives the browser of every operation what a request needs: method, path, kinds of body, who may; and of documents what their forms need. The schemas are
 * types there, and weigh nothing.
 */
import type { Plugin } from 'vite'
import type { Operation } from '../src/contract/operation.ts'
import { operations } from '../src/contract/operations/index.ts'
import { computeStepForms } from './compute-step-forms.ts'
import { documentFields } from './document-fields.ts'
import { templateFields } from './template-fields.ts'

const isContractIndex = /\/src\/contract\/operations\/index\.ts$/
const isDocumentFields = /\/console\/document-fields\.ts$/
const isStepForms = /\/console\/step-forms\.ts$/
const isTemplateFields = /\/console\/template-fields\.ts$/

const entryOf = ({ method, path, access, allowedBy, partialAccess, bodyType, resultType, result }: Operation): object => ({
  method,
  path,
  access,
  ...(partialAccess && { partialAccess }),
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
    const [file = ''] = id.split('?')
    if (isDocumentFields.test(file)) return asModule('documentFields', documentFields)
    if (isStepForms.test(file)) return asModule('stepForms', computeStepForms())
    if (isTemplateFields.test(file)) return asModule('templateFields', templateFields)
    if (!isContractIndex.test(file)) return undefined
    return asModule('operations', Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, entryOf(operation)])))
  },
})

const asModule = (name: string, value: object) => ({
  code: `export const ${name} = JSON.parse(${JSON.stringify(JSON.stringify(value))})`,
  moduleType: 'js' as const,
})
