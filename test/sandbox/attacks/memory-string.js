// Tries: strings until memory is full
// Contained by: memory, time, throw
function attack() {
  const all = []
  for (let i = 0; ; i++) all.push(String(i).padStart(1000000, 'x').split('').reverse().join(''))
}
