// Before anything is drawn: light or dark as it was chosen last, else as the system has it and as it changes.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const put = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem("theme");
    } catch {
      // A browser that keeps nothing goes by the system.
    }
    const known = chosen === "light" || chosen === "dark";
    document.documentElement.dataset.theme = known ? chosen : system.matches ? "dark" : "light";
    document.dispatchEvent(new Event("theme"));
  };
  put();
  system.addEventListener("change", put);
})();
