// Tries: a promise that never settles
// Contained by: time
function attack() {
  return new Promise(() => {})
}
