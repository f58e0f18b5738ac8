/** How rows of the conformance table are written down. */

/** By operation, then by what is documented: full names of the tests that show it. */
export type Rows = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

/** Full names of tests of a file in test/http/: `of('registration')('what is no id in the path is 404')`. */
export const of =
  (file: string) =>
  (...names: readonly string[]): string[] =>
    names.map((name) => `test/http/${file}.test.ts > ${name}`)
