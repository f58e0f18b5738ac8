// Tries: to call integrator-api without an end
// Contained by: throw, time
const { exports } = require('integrator-api')
function attack() {
  for (let i = 0, failed = 0; ; i++)
    try {
      exports.get(String(i))
    } catch (error) {
      if (failed++ > 10) throw error
    }
}
