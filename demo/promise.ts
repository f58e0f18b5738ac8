/** What the demo promises, it checks: a promise that is not kept is one clear line and a failed program. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

export function promise(kept: boolean, otherwise: string): asserts kept {
  if (!kept) throw new Broken(otherwise)
}
