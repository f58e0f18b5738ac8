// Tries: a result that holds itself
// Contained by: throw
function attack() {
  const value = {}
  value.value = value
  return value
}
