/** What is left out of a walk for a mark never holds one: references and secrets are found wherever a schema has them. */
import type { TSchema } from 'typebox'
import { expect, it } from 'vitest'
import { resources, type Collection } from '../../src/contract/resources/index.ts'
import { fieldOf, shapeOf, visit, visitMarked, type Shape } from '../../src/contract/walk.ts'

/** Levels of objects within each other that are made: schemas may hold themselves. */
const deepest = 6

/** A value with every field that the schema declares. */
function full(schema: TSchema, depth = 0): unknown {
  const shape = shapeOf(schema)
  if (shape.items) return depth < deepest ? [full(shape.items, depth + 1)] : []
  const names = depth < deepest ? listNames(shape) : []
  if (names.length === 0) return 'text'
  return Object.fromEntries(
    names.flatMap((name) => {
      const field = fieldOf(shape, name)
      return typeof field === 'object' ? [[name, full(field, depth + 1)]] : []
    }),
  )
}

const listNames = (shape: Shape): string[] => [
  ...Object.keys(shape.properties ?? {}),
  ...(typeof shape.additionalProperties === 'object' ? ['any'] : []),
  ...[shape.anyOf, shape.oneOf, shape.allOf].flatMap((ways) => (ways ?? []).flatMap((way) => listNames(shapeOf(way)))),
]

it.each(['x-ref', 'x-secret'] as const)('a walk for %s sees what a whole walk sees, in every type', (mark) => {
  let total = 0
  for (const collection of Object.keys(resources) as Collection[]) {
    const { stored } = resources[collection]
    const value = full(stored)
    const marked = (walk: (see: (shape: Shape, value: unknown, path: readonly unknown[]) => void) => void): string[] => {
      const found: string[] = []
      walk((shape, _value, path) => void (shape[mark] !== undefined && found.push(path.join('.'))))
      return found
    }
    const whole = marked((see) => visit(stored, value, see))
    expect(marked((see) => visitMarked(mark, stored, value, see))).toEqual(whole)
    total += whole.length
  }
  expect(total).toBeGreaterThan(20)
})

it('most of a document is left out of a walk', () => {
  const { stored } = resources.exports
  const count = (walk: (see: () => void) => void): number => {
    let seen = 0
    walk(() => void seen++)
    return seen
  }
  const doc = { name: 'It', _connectionId: '507f1f77bcf86cd799439011', filter: { expression: { rules: ['equals', 1, 1] } } }
  expect(count((see) => visitMarked('x-ref', stored, doc, see))).toBeLessThan(count((see) => visit(stored, doc, see)))
})
