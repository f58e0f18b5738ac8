/** Words of lists in forms. */
import { count } from './count.ts'

export const rowWords = {
  add: 'Add',
  entry: (label: string, place: number) => `${label} ${place}`,
  moveUp: (label: string, place: number) => `Move ${label.toLowerCase()} ${place} up`,
  moveDown: (label: string, place: number) => `Move ${label.toLowerCase()} ${place} down`,
  remove: (label: string, place: number) => `Remove ${label.toLowerCase()} ${place}`,
  sameKey: 'Two rows have the same key: the last one counts.',
  addStep: 'Add step',
  addBranching: 'Add branching',
  branchingAfter: (name: string) => `Add branching after ${name}`,
  stepsOf: (branch: string) => `Steps of ${branch}`,
  router: (name: string) => `Branching ${name}`,
  branch: (name: string) => `Branch ${name}`,
  branches: (n: number) => `${count(n, 'branch', 'branches')}. Filters and where each leads stand in the JSON.`,
} as const
