// Tries: to answer, and to loop after its answer where nobody counts
// Contained by: time
async function attack() {
  const later = async () => {
    for (let i = 0; i < 1000; i++) await 0
    for (;;);
  }
  later()
  return 'nothing'
}
