/** What a question answers: rows of the table, each a number with its goal. */

export interface Row {
  readonly what: string
  /** The figures that `value` was made from, for people. */
  readonly detail: string
  readonly value: number
  readonly goal: { readonly than: 'at least' | 'at most' | 'under'; readonly value: number; readonly unit: '' | 'ms' | 'kB' | 'MB' | 's' }
}

export interface Question {
  readonly name: string
  readonly asks: string
  /** Its rows by name, where they can be asked for by themselves. */
  readonly parts?: readonly string[]
  /** `parts` are those that are asked for; all where it is absent. */
  answer(parts?: readonly string[]): Promise<readonly Row[]>
}

export function isMet({ value, goal }: Row): boolean {
  if (goal.than === 'at least') return value >= goal.value
  return goal.than === 'at most' ? value <= goal.value : value < goal.value
}

export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('nothing was measured')
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)
