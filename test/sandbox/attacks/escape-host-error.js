// Tries: exceptions that come from outside, as published for vm2 and n8n
// Contained by: nothing
function attack(options) {
  const reached = []
  const probe = (name, get) => {
    try {
      const value = get()
      if (value !== undefined && value !== null) reached.push(`${name}: ${typeof value}`)
    } catch {}
  }
  const errors = []
  for (const act of [
    () => require('fs'),
    () => require(Symbol('x')),
    () => require('integrator-api').exports.run({ _id: 'x' }),
    () => require('integrator-api').exports.run(1n),
    () => null.x,
    () => JSON.parse('{'),
  ]) {
    try {
      act()
    } catch (error) {
      errors.push(error)
    }
  }
  for (const error of errors) {
    probe('constructor', () => error.constructor.constructor('return typeof process === "undefined" ? undefined : process')())
    probe('realm', () => (error instanceof Error ? undefined : 'an error of another realm'))
    probe('prototype', () =>
      Object.getPrototypeOf(Object.getPrototypeOf(error.constructor)) === Object.prototype ||
      Object.getPrototypeOf(error.constructor) === Error ||
      error.constructor === Error
        ? undefined
        : 'a prototype of another realm',
    )
  }
  return reached.length > 0 ? reached : 'nothing'
}
