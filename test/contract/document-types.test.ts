/** Documents as types: each type of document is one of any type, and both are no looser than the schemas. */
import { expectTypeOf, test } from 'vitest'
import type { AnyBody, AnyDocument, Document, DocumentBody } from '../../src/contract/document.ts'
import type { Collection } from '../../src/contract/resources/index.ts'

type Misfits<Types extends Record<Collection, unknown>, Base> = { [C in Collection]: Types[C] extends Base ? never : C }[Collection]
type Loose<Types extends Record<Collection, unknown>> = {
  [C in Collection]: 0 extends 1 & Types[C] ? C : unknown extends Types[C] ? C : string extends keyof Types[C] ? C : never
}[Collection]

test('a document of every type has what is said of documents of any type', () => {
  expectTypeOf<Misfits<{ [C in Collection]: Document<C> }, AnyDocument>>().toEqualTypeOf<never>()
  expectTypeOf<Misfits<{ [C in Collection]: DocumentBody<C> }, AnyBody>>().toEqualTypeOf<never>()
})

test('a document of a known type has no field but those of its schema', () => {
  expectTypeOf<Loose<{ [C in Collection]: Document<C> }>>().toEqualTypeOf<never>()
  expectTypeOf<Loose<{ [C in Collection]: DocumentBody<C> }>>().toEqualTypeOf<never>()
})

test('a document of a type that is not known is one of any type', () => {
  expectTypeOf<Document>().toEqualTypeOf<AnyDocument>()
  expectTypeOf<DocumentBody>().toEqualTypeOf<AnyBody>()
})
