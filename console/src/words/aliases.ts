/** Words of aliases. They load with their page. */

export const aliasWords = {
  label: 'Aliases',
  none: 'No aliases',
  noneWhy: 'An alias is a name by which scripts and templates call a document: a clone has the same alias for its own copy.',
  alias: 'Alias',
  to: 'Stands for',
  type: 'Type',
  description: 'Description',
  filter: 'Search aliases',
} as const
