/** The one place for words, which lie in words/ by subject. Names of things are those of integrator.io. Words of pages that load late are imported from there, and load with them. */
import { accountWords } from './words/account.ts'
import { frameWords } from './words/frame.ts'
import { integrationWords } from './words/integrations.ts'
import { runWords } from './words/runs.ts'

export const words = { ...frameWords, ...integrationWords, ...runWords, ...accountWords } as const
