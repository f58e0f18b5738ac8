// Tries: a result of 6 MB
// Contained by: result, time
function attack() {
  return 'x'.repeat(6000000)
}
