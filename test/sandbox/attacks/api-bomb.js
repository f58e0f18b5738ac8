// Tries: arguments larger than anybody takes
// Contained by: throw, time
const { exports } = require('integrator-api')
function attack() {
  return exports.run({ _id: 'x', data: 'x'.repeat(20000000) })
}
