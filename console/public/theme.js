// Before the first paint: a user who chose light or dark does not see the other one flash.
try {
  const theme = localStorage.getItem('sluice.theme')
  if (theme) document.documentElement.dataset.theme = theme
} catch {
  // Storage is blocked: the page follows the system.
}
