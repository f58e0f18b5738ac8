// Tries: subclasses and species of promises and arrays that the platform may trust
// Contained by: nothing
function attack(options) {
  const reached = []
  const probe = (name, get) => {
    try {
      const value = get()
      if (value !== undefined && value !== null) reached.push(`${name}: ${typeof value}`)
    } catch {}
  }
  class Evil extends Promise {
    static get [Symbol.species]() {
      return function (executor) {
        executor(
          (value) => probe('resolved with', () => (typeof value === 'string' && value.startsWith('=') ? value : undefined)),
          () => 0,
        )
      }
    }
  }
  Object.defineProperty(Promise, Symbol.species, { get: () => Evil, configurable: true })
  probe('species', () => {
    Evil.resolve(1).then(() => 0)
    return undefined
  })
  return reached.length > 0 ? reached : 'nothing'
}
