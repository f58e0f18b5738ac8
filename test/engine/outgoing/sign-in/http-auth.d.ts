/** As much of http-auth as tests use. */
declare module 'http-auth' {
  import type { RequestListener } from 'node:http'
  export function digest(
    options: { readonly realm: string; readonly algorithm: string },
    checker: (username: string, answer: (hash: string) => void) => void,
  ): { check(listener: RequestListener): RequestListener }
}
