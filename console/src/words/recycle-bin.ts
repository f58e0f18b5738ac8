/** Words of the recycle bin. They load with it. */
import { count } from './count.ts'

export const binWords = {
  title: 'Recycle bin',
  hint: 'What was deleted in the last 30 days. After that it is gone for good.',
  none: 'The recycle bin is empty',
  noneWhy: 'What is deleted comes here first.',
  when: 'Deleted',
  restore: 'Restore',
  restored: (name: string, n: number) => `${name} is back: ${count(n, 'document')} restored.`,
  purge: 'Delete for good',
  purgeAsk: (name: string) => `Delete ${name} for good?`,
  purgeHint: 'With everything that was deleted with it, its runs and its errors. Nothing brings it back.',
} as const
