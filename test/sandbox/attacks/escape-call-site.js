// Tries: call sites of stacks, as published for vm2
// Contained by: nothing
function attack(options) {
  const reached = []
  const probe = (name, get) => {
    try {
      const value = get()
      if (value !== undefined && value !== null) reached.push(`${name}: ${typeof value}`)
    } catch {}
  }
  let sites = []
  Error.prepareStackTrace = (_error, all) => {
    sites = all
    return ''
  }
  const look = () => {
    new Error('x').stack
    for (const site of sites) {
      probe('this', () => {
        const value = site.getThis()
        return value === globalThis || value === undefined ? undefined : value
      })
      probe('function', () => {
        const value = site.getFunction()
        return value && /sluice|native/.test(String(site.getFileName())) ? value : undefined
      })
    }
  }
  look()
  try {
    require('nothing')
  } catch (error) {
    error.stack
    look()
  }
  try {
    ;(function deep() {
      deep()
    })()
  } catch (error) {
    error.stack
    look()
  }
  return reached.length > 0 ? reached : 'nothing'
}
