/** A masker that learns further secrets on its way: tokens that are obtained in the middle of a run. */
import { createMasker, type Masker } from './masker.ts'

export interface GrowingMasker extends Masker {
  learn(secrets: readonly string[]): void
}

/** Learned secrets that are kept, the newest: those of a day at a token every few minutes. */
const mostLearned = 300

export function createGrowingMasker(secrets: readonly string[]): GrowingMasker {
  const learned = new Set<string>()
  let masker = createMasker(secrets)
  return {
    redact: (text, longest) => masker.redact(text, longest),
    holds: (text) => masker.holds(text),
    learn(more) {
      const unknown = more.filter((secret) => secret !== '' && !learned.has(secret))
      if (unknown.length === 0) return
      for (const secret of unknown) learned.add(secret)
      for (const oldest of learned) {
        if (learned.size <= mostLearned) break
        learned.delete(oldest)
      }
      masker = createMasker([...secrets, ...learned])
    },
  }
}
