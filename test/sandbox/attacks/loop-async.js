// Tries: an endless loop of awaited promises
// Contained by: time
async function attack() {
  for (;;) await null
}
