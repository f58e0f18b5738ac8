// Tries: a result of 1,000 levels
// Contained by: depth
function attack() {
  let value = {}
  for (let i = 0; i < 1000; i++) value = [value]
  return value
}
