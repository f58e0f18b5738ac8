// Tries: source so deep that reading it overflows
// Contained by: throw, time
function attack() {
  return eval('['.repeat(500000))
}
