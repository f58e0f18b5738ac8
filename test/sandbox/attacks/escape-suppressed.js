// Tries: errors within errors, as SuppressedError, AggregateError and cause carry them (vm2, GHSA-55hx-c926-fr95 and GHSA-x965-fc75-jpqh)
// Contained by: nothing
// With: look
async function attack() {
  const inside = (name, error, depth = 0) => {
    look(name, error)
    if (error === null || typeof error !== 'object' || depth > 4) return
    for (const key of ['error', 'suppressed', 'cause']) inside(`${name}.${key}`, error[key], depth + 1)
    for (const each of error.errors ?? []) inside(`${name}.errors`, each, depth + 1)
  }
  const api = require('integrator-api')
  const failing = [() => require('fs'), () => api.exports.run({ _id: 'x' }), () => JSON.parse('{'), () => new Intl.NumberFormat('?')]
  for (const act of failing) {
    try {
      const stack = new DisposableStack()
      stack.defer(act)
      stack.defer(act)
      stack.dispose()
    } catch (error) {
      inside('disposed', error)
    }
    await Promise.any([(async () => act())(), (async () => act())()]).catch((error) => inside('any', error))
    try {
      act()
    } catch (error) {
      inside('caught', new Error('x', { cause: error }))
    }
  }
  return reached.length > 0 ? reached : 'nothing'
}
