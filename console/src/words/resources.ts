/** Words of documents of any type, and of what uses them. They load with the first page of one. */
import { count } from './count.ts'
import { formatCount } from '../parts/time.tsx'

export const resourceWords = {
  name: 'Name',
  type: 'Type',
  id: 'Id',
  changed: 'Changed',
  search: (title: string) => `Search ${title.toLowerCase()}`,
  none: (title: string) => `No ${title.toLowerCase()} yet`,
  noneWhy: (one: string) => `Create one from its JSON, or over the API: every field of the ${one} is described there.`,
  create: (one: string) => `Create ${one}`,
  createHint: 'The document as the API takes it. What is refused names its field.',
  document: (one: string) => `Definition of the ${one}`,
  parts: 'Parts of the document',
  definition: 'Definition',
  uses: 'Used by',
  unused: 'Nothing uses it',
  unusedWhy: 'No document refers to it: it can be deleted without harm.',
  deleteHint: 'It goes into the recycle bin, from where it can be restored for 30 days.',
  usedBy: (n: number) => `In use by ${count(n, 'document')}. What uses it stops working:`,
  refersTo: (n: number) => `${count(n, 'document')} refer to it. Flows and their steps go with it:`,
  more: (n: number) => `and ${formatCount(n)} more`,
  usedByNobody: 'Nothing uses it.',
} as const
