// Tries: arithmetic that the engine does not interrupt
// Contained by: time, throw
function attack() {
  let n = 3n
  for (;;) n = n ** 9n % (2n ** 900001n)
}
