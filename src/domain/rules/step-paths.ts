/** Which references of a flow make an export or import a step of it. A flow also names exports that it only waits for; those are no steps. */

/** Paths of steps, as a regular expression that PostgreSQL reads as JavaScript does. */
export const stepPath = '^(pageGenerators|pageProcessors|routers)[.](.*[.])?_(export|import)Id$'

const pattern = new RegExp(stepPath)
export const isStep = ({ path }: { readonly path: string }): boolean => pattern.test(path)
