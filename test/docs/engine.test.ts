/** docs/engine.md: no field of a schema without a row, no row without what it says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Field } from '../../src/engine/fields/field.ts'
import { fieldsOf } from '../../src/engine/fields/refuse-fields.ts'
import { sharedFields } from './shared-fields.ts'
import { covers, enginePage, kinds, leavesOfKind, leavesOfShared, nameOf, sharedKinds } from './engine-page.ts'
import { pageOf } from './page.ts'

interface Case {
  readonly field: string
  readonly code: string
}
const tests = new URL('../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, tests), 'utf8')

describe.each(kinds)('%s', (kind) => {
  const fields = fieldsOf[kind]
  const leaves = leavesOfKind(kind)

  test('every field has exactly one row, and every row a field', () => {
    expect(leaves.length).toBeGreaterThan(60)
    const rowsOfLeaf = leaves.map((leaf) => [leaf, fields.filter((field) => covers(field, leaf)).map(({ path }) => path)] as const)
    expect(rowsOfLeaf.filter(([, paths]) => paths.length !== 1)).toEqual([])
    expect(fields.filter((field) => !leaves.some((leaf) => covers(field, leaf))).map(({ path }) => path)).toEqual([])
  })

  test('a row is carried out, kept or refused', () => {
    expect(fields.filter(({ carried, kept, refused }) => (carried ?? kept ?? refused) === undefined || (carried && kept))).toEqual([])
  })

  test('what is carried out is shown by a file that names the field', () => {
    const unshown = fields.flatMap(({ path, carried }) => {
      if (carried === undefined) return []
      const name = nameOf(path)
      return existsSync(new URL(carried, tests)) && new RegExp(`\\b${name}\\b`).test(read(carried)) ? [] : [`${path}: ${carried}`]
    })
    expect(unshown).toEqual([])
  })

  test('what is refused by its field has a case', () => {
    const cases = JSON.parse(read(`cases/refused-fields/${kind}.json`)) as Case[]
    const inPlaces = cases.map(({ field, code }) => `${field.replaceAll(/\.\d+(?=\.|$)/g, '[]')} ${code}`)
    const unshown = fields.flatMap(({ path, refused }) => {
      if (!refused || refused.elsewhere) return []
      const shown = `${path.replace(/(\.\*\*|(\[\])+)$/, '')} ${refused.code}`
      return inPlaces.includes(shown) ? [] : [shown]
    })
    expect(unshown).toEqual([])
  })
})

describe.each(sharedKinds)('%s', (kind) => {
  test('every field has exactly one row, every row a field, and what is carried out a file that names it', () => {
    const fields: readonly Field[] = sharedFields[kind]
    const leaves = leavesOfShared(kind)
    expect(leaves.filter((leaf) => fields.filter((field) => covers(field, leaf)).length !== 1)).toEqual([])
    expect(fields.filter((field) => !leaves.some((leaf) => covers(field, leaf))).map(({ path }) => path)).toEqual([])
    const unshown = fields.filter(({ path, carried }) => carried && !new RegExp(`\\b${nameOf(path)}\\b`).test(read(carried)))
    expect(unshown.map(({ path }) => path)).toEqual([])
  })
})

test('every adaptor and connection that is for one kind refuses the fields of others', () => {
  const foreign = readdirSync(new URL('cases/refused-fields/', tests)).flatMap((file) =>
    (JSON.parse(read(`cases/refused-fields/${file}`)) as Case[]).filter(({ code }) => code === 'foreign_field'),
  )
  expect(foreign.length).toBeGreaterThan(4)
})

test('docs/engine.md is up to date: `npm run fields` writes it', () => {
  expect(pageOf('engine.md')).toBe(enginePage())
})
