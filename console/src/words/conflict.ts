/** Words of two versions of a document that are compared. They load with the first editor of one. */

export const conflictWords = {
  title: 'Somebody else saved first',
  why: 'The document was changed since you opened it. Choose for each field which value it gets.',
  theirs: 'Saved meanwhile',
  mine: 'Yours',
  field: 'Field',
  save: 'Save this choice',
  absent: 'not set',
} as const
