/** Records that a document keeps as an example: what stands in for its application in tests, or what somebody typed in for its editors. */
import type { Values } from './workspace.ts'

/** Records of a sample: a page. */
export const mostSampled = 20

export function readStoredSample({ mockOutput, sampleData }: Values): readonly unknown[] {
  const mocked = (mockOutput as { page_of_records?: readonly { record?: unknown }[] } | undefined)?.page_of_records
  if (mocked) return mocked.map(({ record }) => record).slice(0, mostSampled)
  return sampleData === undefined ? none : asList(sampleData).filter((each) => typeof each === 'object' && each !== null)
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])
const none: readonly unknown[] = []
