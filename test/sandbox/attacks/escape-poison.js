// Tries: a prototype for whoever runs next in another environment
// Contained by: nothing
function attack(options) {
  const reached = []
  const probe = (name, get) => {
    try {
      const value = get()
      if (value !== undefined && value !== null) reached.push(`${name}: ${typeof value}`)
    } catch {}
  }
  Object.prototype.poisoned = 'yes'
  Array.prototype.map = () => ['poisoned']
  globalThis.poisoned = 'yes'
  JSON.parse = () => ({ poisoned: 'yes' })
  return reached.length > 0 ? reached : 'nothing'
}
