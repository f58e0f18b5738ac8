// Tries: a value so deep that writing it overflows
// Contained by: throw, time
function attack() {
  let value = {}
  for (let i = 0; i < 200000; i++) value = { value }
  return value
}
