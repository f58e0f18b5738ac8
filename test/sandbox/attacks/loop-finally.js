// Tries: to go on after it was ended, in finally and catch
// Contained by: time
function attack() {
  for (;;) {
    try {
      for (;;);
    } catch {
    } finally {
      for (;;);
    }
  }
}
