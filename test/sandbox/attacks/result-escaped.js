// Tries: a result that is small until it is written down
// Contained by: result, time
function attack() {
  return String.fromCharCode(1).repeat(2000000)
}
