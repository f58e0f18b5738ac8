// Tries: its own versions of what the platform may call with things of its own
// Contained by: nothing
function attack(options) {
  const reached = []
  const probe = (name, get) => {
    try {
      const value = get()
      if (value !== undefined && value !== null) reached.push(`${name}: ${typeof value}`)
    } catch {}
  }
  const seen = []
  const { apply } = Reflect
  const spy = (owner, name) => { const before = owner[name]; owner[name] = function (...args) { seen[seen.length] = this; for (const each of args) seen[seen.length] = each; return apply(before, this, args) } }
  spy(Function.prototype, 'call'); spy(Function.prototype, 'apply'); spy(Function.prototype, 'bind'); spy(Promise.prototype, 'then')
  spy(Array.prototype, 'push'); spy(JSON, 'parse'); spy(JSON, 'stringify'); spy(Reflect, 'apply'); spy(Object, 'defineProperty')
  Object.defineProperty(Object.prototype, 'applySyncPromise', { get() { seen[seen.length] = this; return undefined }, configurable: true })
  try { require('integrator-api').flows.run('x'); console.log('x'); require('dayjs') } catch {}
  delete Object.prototype.applySyncPromise
  for (const value of seen) probe('a reference of isolated-vm', () => (value && typeof value === 'object' && (value.applySync || value.derefInto || value.copySync)) || undefined)
  return reached.length > 0 ? reached : 'nothing'
}
