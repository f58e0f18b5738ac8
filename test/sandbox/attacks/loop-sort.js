// Tries: an endless comparison within the engine's own sort
// Contained by: time
function attack() {
  return [3, 2, 1].sort(() => {
    for (;;);
  })
}
