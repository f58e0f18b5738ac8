// Tries: calls of integrator-api that are none
// Contained by: nothing
function attack(options) {
  const reached = []
  const probe = (name, get) => {
    try {
      const value = get()
      if (value !== undefined && value !== null) reached.push(`${name}: ${typeof value}`)
    } catch {}
  }
  const api = require('integrator-api')
  for (const object of Object.keys(api).filter((name) => typeof api[name] === 'object')) for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(api[object]) || {})) probe(`${object}.${method}`, () => api[object][method])
  probe('prototype', () => Object.getPrototypeOf(api))
  api.exports.run = api.request
  probe('request', () => api.request({ relativeURI: 'http://169.254.169.254/' }))
  probe('odd arguments', () => api.exports.run({ toJSON() { return { _id: { $gt: '' } } } }))
  return reached.length > 0 ? reached : 'nothing'
}
