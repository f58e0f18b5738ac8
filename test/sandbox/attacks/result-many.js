// Tries: a result of a million empty lists
// Contained by: result, time
function attack() {
  return new Array(1200000).fill([])
}
