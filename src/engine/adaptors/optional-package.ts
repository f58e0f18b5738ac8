/** Packages that only few servers need, and that are not installed with the others: loaded when first used. */
import { createRequire } from 'node:module'
import { lazyLoad } from '../../domain/lazy-load.ts'
import { StepFailure } from '../adaptor.ts'

const require = createRequire(import.meta.url)

export interface OptionalPackage<T> {
  /** Throws `StepFailure` where it is not installed. Nothing is loaded. */
  check(): void
  load(): T
}

/** `range` is what `npm install` is told. `T` is the type of the module. */
export function optionalPackage<T>(name: string, range: string, what: string): OptionalPackage<T> {
  const load = lazyLoad<T>(name)
  const check = (): void => {
    try {
      require.resolve(name)
    } catch {
      throw new StepFailure({
        source: 'connection',
        code: 'package_missing',
        message: `${what} needs the package ${name}, which this server does not have. Run "npm install ${name}@${range}" in its folder, and start it again.`,
      })
    }
  }
  return {
    check,
    load() {
      check()
      return load()
    },
  }
}
