// Tries: promises that wait for each other until memory is full
// Contained by: memory, time, throw
async function attack() {
  const all = []
  for (;;) all.push(new Promise((done) => all.push(done)))
}
