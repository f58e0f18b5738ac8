// Tries: an endless loop
// Contained by: time
function attack() {
  for (;;);
}
