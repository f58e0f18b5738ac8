// Tries: an endless loop in a promise that it does not wait for
// Contained by: time
function attack() {
  Promise.resolve().then(() => {
    for (;;);
  })
  return 'nothing'
}
