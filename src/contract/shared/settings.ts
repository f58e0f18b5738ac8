/** Free values that a document carries for its scripts and templates. */
import { free } from './words.ts'

export const Settings = free('Values of your own, readable in scripts, filters, mappings and templates as `settings`. Any JSON object.')
export type Settings = Record<string, unknown>
