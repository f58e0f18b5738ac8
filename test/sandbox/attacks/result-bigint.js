// Tries: a result that JSON has no word for
// Contained by: throw
function attack() {
  return { n: 1n }
}
