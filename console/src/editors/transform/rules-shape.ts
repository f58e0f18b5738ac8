/** Rules of transforms (version 1) as rows: a path in the record as it came, and a path in the one that goes on. */
import { toInputText, type Json } from '../editor.ts'
import { readAt } from '../json-at.ts'
import type { MappingRow, MappingShape, MappingValue } from '../mapping/mapping-shape.ts'

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : [])

/** Sets of rules are carried out one after the other: one list of them says the same. */
export const toRuleRows = (rules: unknown): MappingValue => ({ rules: listOf(rules).flat() as readonly Json[] })

/** A rule has both, however much of it is typed. */
export const toRules = (value: MappingValue): readonly Json[] =>
  listOf(value['rules']).map((rule) => ({ extract: '', generate: '', ...rule }))

export const transformV1Shape: MappingShape = {
  list: (value) => {
    const rules = listOf(readAt(value, ['rules']))
    return rules.map((node, i): MappingRow => {
      const path = ['rules', i]
      const names = toInputText(node['generate']).split('.')
      return {
        path,
        key: path.join('.'),
        kind: 'field',
        node,
        depth: 1,
        names,
        within: [],
        hasChildren: false,
        place: i + 1,
        count: rules.length,
      }
    })
  },
  types: [],
  root: ['rules'],
  blank: { extract: '', generate: '' },
  withType: (node) => node,
  below: () => undefined,
  writePath: (path) => path.replace(/^\$\.?/, ''),
  settings: () => [],
}
