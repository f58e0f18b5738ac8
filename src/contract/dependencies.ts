/** What the dependencies of a document are answered as. Every document type has the operation (resource.ts). */
import { Type } from 'typebox'

/** Dependents of one answer at the most. A script that more documents use is safe to call used. */
export const maxDependents = 10_000

const text = (description: string) => Type.String({ description })

export const DependencyEntry = Type.Object(
  {
    id: text('Id of the dependent document.'),
    name: text('Its name.'),
    paths: Type.Array(Type.String(), { description: 'Where it refers to the document: `pageGenerators[0]._exportId`.' }),
    accessLevel: text('What the caller may do with it: `owner`, `administrator`, `manage` or `monitor`.'),
    dependencyIds: Type.Record(Type.String(), Type.Array(Type.String()), {
      description: 'The ids of the document that it refers to, by plural type.',
    }),
  },
  { description: 'A document that depends on the one asked for.' },
)

export const DependencyResponse = Type.Record(Type.String(), Type.Array(DependencyEntry), {
  description: 'Dependent documents by plural type: `flows`, `imports`. Empty where nothing depends on the document.',
})
