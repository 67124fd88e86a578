// Runs before the page is painted, so that a chosen theme never flashes. Without a choice the system's wish holds.
(() => {
  try {
    const theme = localStorage.getItem('weft-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage can be switched off in the browser: then the system's theme it is.
  }
})();
