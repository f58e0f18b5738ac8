/** The one place for words, which lie in words/ by subject: here are those of the frame and of the start page. Names of things are those of integrator.io. Words of pages that load late are imported from there, and load with them. */
import { frameWords } from './words/frame.ts'
import { homeWords } from './words/home.ts'

export const words = { ...frameWords, ...homeWords } as const
